internal import WardenModel

/// Alerts for an Alertmanager, as `POST /api/v2/alerts` takes them.
///
/// All that stands is sent each time, and what ended: the Alertmanager tells new from old itself, by the labels.
package struct AlertmanagerMessage {
    /// How long an alert stands there if nobody repeats it: two days, for a host whose timer runs daily.
    private static let usualLife = Duration.seconds(49 * 3_600)
    private static let lifeOfTest = Duration.seconds(300)

    private let message: Message
    private let remind: Duration?

    /// - Parameter remind: How often the channel reminds.
    package init(_ message: Message, remind: Duration?) {
        self.message = message
        self.remind = remind
    }

    package func render() -> [UInt8] {
        let lasting = remind.map { max($0 * 2, .seconds(3_600)) } ?? Self.usualLife
        switch message.occasion {
        case .test:
            let text = "a test, nothing is wrong"
            return JSONValue.array([notice("CachewardenTest", [:], .low, text, until: end(after: Self.lifeOfTest))])
                .render()
        case .failure(let failure):
            let labels: [String: JSONValue] = ["unit": .string(shown(failure.unit, 500))]
            return JSONValue.array([
                notice("CachewardenUnitFailed", labels, .critical, failure.sentence, until: end(after: lasting))
            ]).render()
        case .findings: break
        }
        let end = end(after: lasting)
        let standing = message.standing.map { alert($0, until: end) }
        let ended = message.items.filter { $0.state == .resolved || $0.state == .passed }
        return JSONValue.array(standing + ended.map { alert($0, until: message.madeAt) }).render()
    }

    private func end(after life: Duration) -> Timestamp {
        Timestamp(seconds: message.madeAt.seconds.addingReportingOverflow(life.components.seconds).partialValue)
    }

    /// An alert that is about the agent itself.
    private func notice(
        _ name: String, _ labels: [String: JSONValue], _ severity: Severity, _ summary: String, until end: Timestamp
    ) -> JSONValue {
        let common: [String: JSONValue] = [
            "alertname": .string(name), "host": .string(message.host), "severity": .string(severity.rawValue),
        ]
        var annotations: [String: JSONValue] = ["summary": .string(summary)]
        if !message.remarks.isEmpty { annotations["remedy"] = .string(message.remarks.joined(separator: "\n")) }
        return [
            "labels": .object(common.merging(labels) { own, _ in own }), "annotations": .object(annotations),
            "startsAt": .string("\(message.madeAt)"), "endsAt": .string("\(end)"),
        ]
    }

    private func alert(_ item: Message.Item, until end: Timestamp) -> JSONValue {
        let alert = item.alert
        let labels: JSONValue = [
            "alertname": "CachewardenFinding", "rule": .string(alert.rule.rawValue), "host": .string(alert.host),
            "cache": .string(alert.cache), "severity": .string(alert.severity.rawValue),
            "subject": .string(shown(alert.subject, 500)),
        ]
        var annotations: [String: JSONValue] = [
            "summary": .string(shown("\(alert.subject): found \(alert.found), wanted \(alert.wanted)", 1_000)),
            "remedy": .string(shown(alert.remedy, 500)), "count": .string("\(alert.count)"),
        ]
        if !alert.examples.isEmpty {
            annotations["examples"] = .string(
                alert.examples.map { "\(AlertText.name($0.path)): \(shown($0.found, 80))" }.joined(separator: "\n"))
        }
        if let run = item.run { annotations["run"] = .string(run.id) }
        if let root = item.root {
            annotations["root"] = .string(
                ([root.listing] + root.accessList).map { shown($0, 300) }.joined(separator: "\n"))
        }
        return [
            "labels": labels, "annotations": .object(annotations),
            // What began after it ended is refused, whatever the clock did in between.
            "startsAt": .string("\(min(item.firstSeen, message.madeAt))"), "endsAt": .string("\(end)"),
        ]
    }
}
