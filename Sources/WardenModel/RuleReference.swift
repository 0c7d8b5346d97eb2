/// What stands in the reference about one rule: how much it matters, why, and what to do.
package struct RuleReference: Sendable {
    package let id: RuleID
    package let severity: Severity
    /// What the rule finds, one sentence.
    package let summary: String
    /// Why that matters for builds.
    package let why: String
    /// What to do about it.
    package let remedy: String

    package init(id: RuleID, severity: Severity, summary: String, why: String, remedy: String) {
        self.id = id
        self.severity = severity
        self.summary = summary
        self.why = why
        self.remedy = remedy
    }
}
