/// A rule file of Prometheus: YAML, with every text quoted.
struct RulesPage {
    private(set) var text: String

    /// - Parameter title: What the file is, for whoever opens it.
    init(title: String) { text = "# \(title)\ngroups:\n" }

    mutating func group(_ name: String) { text += "  - name: \(name)\n    rules:\n" }

    mutating func add(_ rule: AlertRule) {
        text += "      - alert: \(rule.name)\n        expr: \(Self.quoted(rule.expression))\n"
        if rule.duration != "0m" { text += "        for: \(rule.duration)\n" }
        text += "        labels: {severity: \(rule.urgency.rawValue)}\n        annotations:\n"
        text += "          summary: \(Self.quoted(rule.summary))\n"
        text += "          description: \(Self.quoted(rule.action))\n"
    }

    mutating func add(_ rule: RecordingRules.Rule) {
        text += "      - record: \(rule.name)\n        expr: \(Self.quoted(rule.expression))\n"
    }

    /// Our own texts have neither control characters nor anything else that YAML would take for more than text.
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
