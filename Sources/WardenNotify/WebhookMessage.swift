internal import WardenDigest
package import WardenLinux
package import WardenModel

/// A message for a webhook, as JSON whose form is documented (Notifications.md), and its signature.
package struct WebhookMessage {
    package static let schema = "cachewarden.notification/1"
    package static let signatureHeader = "X-Cachewarden-Signature"

    private let message: Message

    package init(_ message: Message) { self.message = message }

    package func render() -> [UInt8] {
        let counts = Message.State.allCases.map { ($0.rawValue, JSONValue.count(message.count($0))) }
        var document: [String: JSONValue] = [
            "schema": .string(Self.schema), "test": .bool(message.occasion == .test), "host": .string(message.host),
            "agent-version": .string(message.version), "sent-at": .string("\(message.madeAt)"),
            "summary": .string(message.summary), "counts": .object(Dictionary(uniqueKeysWithValues: counts)),
            "more": .count(message.hiddenCount), "alerts": .array(message.shown.map(alert)),
        ]
        if case .failure(let failure) = message.occasion {
            document["failed-unit"] = [
                "name": .string(shown(failure.unit, 500)), "result": .string(shown(failure.result ?? "", 80)),
                "status": .string(shown(failure.status ?? "", 80)),
            ]
        }
        return JSONValue.object(document).render()
    }

    /// Returns the header's value for a body: `t=<unix seconds>,v1=<hexadecimal>`, an HMAC with SHA-256 of the seconds, a
    /// dot and the body, so that an old message cannot be sent again as a new one.
    package static func signature(of body: [UInt8], at moment: Timestamp, key: Secret) -> String {
        let signed = Array("\(moment.seconds).".utf8) + body
        return "t=\(moment.seconds),v1=\(key.withBytes { HMACSHA256.digest(of: signed, key: $0) })"
    }

    private func alert(_ item: Message.Item) -> JSONValue {
        let alert = item.alert
        var members: [String: JSONValue] = [
            "state": .string(item.state.rawValue), "fingerprint": .string(alert.fingerprint),
            "rule": .string(alert.rule.rawValue), "severity": .string(alert.severity.rawValue),
            "cache": .string(alert.cache), "subject": .string(alert.subject), "count": .count(alert.count),
            "wanted": .string(alert.wanted), "found": .string(alert.found), "remedy": .string(alert.remedy),
            "examples": .array(alert.examples.map { ["path": .string($0.path), "found": .string($0.found)] }),
            "first-seen": .string("\(item.firstSeen)"),
        ]
        if let run = item.run {
            members["run"] = [
                "id": .string(run.id), "command": .string(run.command), "user": .integer(Int64(run.user)),
                "finished-at": .string("\(run.finishedAt)"), "verdict": .string(run.verdict),
                "exit-code": .integer(Int64(run.exitCode)),
            ]
        }
        if let root = item.root {
            members["root"] = [
                "path": .string(root.path), "owner": .string(root.owner), "group": .string(root.group),
                "mode": .string("\(root.mode)"), "listing": .string(root.listing), "acl": .list(root.accessList),
            ]
        }
        return .object(members)
    }
}
