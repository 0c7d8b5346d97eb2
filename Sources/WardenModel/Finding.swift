package import SystemPackage

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
        /// Somebody has accepted it until a date: neither repaired nor counted.
        case waived
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

    /// How many entries are named at most: as many as an alert tells. A report for people shows fewer.
    package static let exampleLimit = 10

    /// All of a finding but what only the run that made it needs.
    private enum CodingKeys: String, CodingKey {
        case rule, severity, disposition, cache, subject, count, wanted, found, remedy, examples
    }

    package let rule: RuleID
    package let severity: Severity
    package private(set) var disposition: Disposition
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
    /// The cache root, file or directory that it is about, by which waivers find it; `nil` where there is none.
    package private(set) var place: FilePath?
    /// The waiver that speaks of it, in force or ended.
    package private(set) var waiver: WaiverTerms?

    package init(
        rule: RuleID, severity: Severity, disposition: Disposition, cache: String, subject: String, count: Int = 1,
        wanted: String, found: String, remedy: String, examples: [Example] = [], place: FilePath? = nil
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
        self.place = place
    }

    /// Whether it makes the host differ from its policies.
    package var isDrift: Bool { disposition != .advisory && disposition != .waived }

    /// Returns the finding as a waiver leaves it. What keeps the agent away from a cache cannot be accepted, and what
    /// counts for nothing need not be.
    package func waived(by terms: WaiverTerms?) -> Finding {
        guard let terms, isDrift, disposition != .blocking else { return self }
        var finding = self
        finding.waiver = terms
        if terms.isInForce { finding.disposition = .waived }
        return finding
    }
}
