internal import FoundationEssentials
package import WardenModel

extension NotificationReport {
    package static let schema = "cachewarden.notify/1"

    /// Returns one line a channel, with a line break at the end of each.
    package func render() -> String {
        channels.map { channel in
            let lead = "\(channel.kind) \(escapedForDisplay(channel.name)): "
            return switch channel.outcome {
            case .nothingToSay: "\(lead)nothing to say\n"
            case .sent: "\(lead)\(channel.summary), sent\n"
            case .failed(let reason): "\(lead)\(channel.summary), not sent: \(reason)\n"
            }
        }.joined()
    }

    package func renderJSON() throws -> [UInt8] {
        let document: JSONValue = [
            "schema": .string(Self.schema), "host": .string(host), "warnings": .list(warnings),
            "channels": .array(channels.map(Self.value)),
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(document)) + [UInt8(ascii: "\n")]
    }

    private static func value(_ channel: Channel) -> JSONValue {
        let (outcome, reason): (String, String?) =
            switch channel.outcome {
            case .nothingToSay: ("nothing-to-say", nil)
            case .sent: ("sent", nil)
            case .failed(let reason): ("failed", reason)
            }
        return [
            "kind": .string(channel.kind), "name": .string(channel.name), "new": .count(channel.new),
            "reminders": .count(channel.reminders), "resolved": .count(channel.resolved),
            "passed": .count(channel.passed), "outcome": .string(outcome), "reason": .text(reason),
        ]
    }
}
