package import WardenModel

extension RuleReference {
    /// Returns the reference of a rule; every rule has one.
    package static func of(_ id: RuleID) -> RuleReference {
        let text = text(of: id)
        return RuleReference(
            id: id, severity: text.severity, summary: text.summary, why: text.why, remedy: text.remedy)
    }

    private static func text(of id: RuleID) -> RuleText {
        cacheText(of: id) ?? permissionText(of: id) ?? retentionText(of: id) ?? deliveryText(of: id)
    }
}

/// The texts of one rule.
struct RuleText: Sendable {
    let severity: Severity
    let summary: String
    let why: String
    let remedy: String

    init(_ severity: Severity, _ summary: String, why: String, remedy: String) {
        self.severity = severity
        self.summary = summary
        self.why = why
        self.remedy = remedy
    }
}
