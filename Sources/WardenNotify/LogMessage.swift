internal import WardenModel

/// A message for syslog or the journal: one entry an alert.
package struct LogMessage {
    /// More alerts are counted in one last entry.
    package static let limit = 1_000
    private static let longest = 200

    /// One entry, for both kinds of logs.
    package struct Entry: Hashable, Sendable {
        /// `LOG_CRIT` to `LOG_INFO` (`syslog(3)`).
        package let priority: Int
        /// One line: a few words and `key="value"` pairs.
        package let line: String
        /// For the journal (`systemd.journal-fields(7)`), without `PRIORITY` and its like.
        package let fields: [Field]
    }

    package struct Field: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    private let message: Message

    package init(_ message: Message) { self.message = message }

    package var entries: [Entry] {
        switch message.occasion {
        case .test: return [Entry(priority: 6, line: message.summary, fields: [])]
        case .failure(let failure):
            let unit = Field(name: "CACHEWARDEN_UNIT", value: shown(failure.unit, 2_000))
            return [Entry(priority: 2, line: message.summary, fields: [unit])]
        case .findings: break
        }
        let entries = message.items.prefix(Self.limit).map(entry)
        guard message.items.count > Self.limit else { return entries }
        let rest = "and \(message.items.count - Self.limit) more alerts"
        return entries + [Entry(priority: 4, line: rest, fields: [])]
    }

    private func entry(_ item: Message.Item) -> Entry {
        let alert = item.alert
        var fields = [
            Field(name: "STATE", value: item.state.rawValue), Field(name: "RULE", value: alert.rule.rawValue),
            Field(name: "SEVERITY", value: alert.severity.rawValue), Field(name: "CACHE", value: alert.cache),
            Field(name: "HOST", value: alert.host), Field(name: "COUNT", value: "\(alert.count)"),
            Field(name: "FINGERPRINT", value: alert.fingerprint),
        ]
        if let run = item.run {
            fields += [Field(name: "RUN", value: run.id), Field(name: "USER", value: "\(run.user)")]
        }
        if let root = item.root { fields.append(Field(name: "ROOT", value: root.listing)) }
        fields += [
            Field(name: "SUBJECT", value: alert.subject), Field(name: "FOUND", value: alert.found),
            Field(name: "WANTED", value: alert.wanted), Field(name: "REMEDY", value: alert.remedy),
        ]
        let pairs = fields.map { "\($0.name.lowercased())=\"\(Self.quoted($0.value))\"" }.joined(separator: " ")
        return Entry(
            priority: priority(item), line: "alert \(pairs)",
            fields: fields.map { Field(name: "CACHEWARDEN_\($0.name)", value: shown($0.value, 2_000)) })
    }

    private func priority(_ item: Message.Item) -> Int {
        guard item.state == .new || item.state == .reminder else { return 6 }
        return switch item.alert.severity {
        case .critical: 2
        case .high: 3
        case .medium: 4
        case .low: 5
        }
    }

    /// As values of structured data are quoted (RFC 5424, section 6.3.3).
    private static func quoted(_ text: String) -> String {
        String(shown(text, longest).flatMap { "\"\\]".contains($0) ? ["\\", $0] : [$0] })
    }
}
