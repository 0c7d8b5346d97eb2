/// One place where observation and policy differ; many entries that differ in the same way are one finding.
package struct Finding: Hashable, Sendable, Codable {
    /// What can become of a finding.
    package enum Disposition: String, Hashable, Sendable, Codable {
        /// A change in the plan closes it.
        case repairable
        /// Somebody has to act; the remedy says how.
        case manual
        /// The inode is never touched.
        case refused
        /// The run must not go near the cache at all.
        case blocking
        /// Worth knowing; does not make the host non-compliant.
        case advisory
    }

    package struct Example: Hashable, Sendable, Codable {
        /// Below the cache root; empty for the root itself.
        package let path: RelativePath
        package let found: String

        package init(path: RelativePath, found: String) {
            self.path = path
            self.found = found
        }
    }

    package let rule: RuleID
    package let severity: Severity
    package let disposition: Disposition
    /// The cache's name in its policy.
    package let cache: String
    /// What differs, for people: an absolute path, or a path and the kind of entries below it.
    package let subject: String
    /// How many inodes differ this way.
    package let count: Int
    package let wanted: String
    package let found: String
    /// What to do, one sentence.
    package let remedy: String
    /// The first few, sorted by path.
    package let examples: [Example]

    package init(
        rule: RuleID, severity: Severity, disposition: Disposition, cache: String, subject: String, count: Int = 1,
        wanted: String, found: String, remedy: String, examples: [Example] = []
    ) {
        self.rule = rule
        self.severity = severity
        self.disposition = disposition
        self.cache = cache
        self.subject = subject
        self.count = count
        self.wanted = wanted
        self.found = found
        self.remedy = remedy
        self.examples = examples
    }
}
