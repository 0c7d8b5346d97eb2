package import SystemPackage
package import WardenModel

/// How many findings of each rule a run met, and how many it left: those that make a host differ from its policies.
package struct DriftCounts: Hashable, Sendable, Codable {
    /// The rules that were looked for where these are not all; sorted.
    package let only: [String]?
    /// How many inodes, files or settings the findings of a rule are about, before the run changed anything.
    package let found: [String: Int]
    /// The same at the run's end.
    package let standing: [String: Int]

    /// - Parameter rules: What the run looked for.
    package init(found: [Finding], standing: [Finding], rules: Set<RuleID>) {
        only = rules == Set(RuleID.allCases) ? nil : rules.map(\.rawValue).sorted()
        self.found = Self.counts(found)
        self.standing = Self.counts(standing)
    }

    private static func counts(_ findings: [Finding]) -> [String: Int] {
        findings.filter(\.isDrift).reduce(into: [:]) { $0[$1.rule.rawValue, default: 0] += $1.count }
    }
}

/// A cache as a run found and left it. Written at the run's end, whether or not anything was changed.
package struct CacheMeasured: Hashable, Sendable, Codable {
    package struct Size: Hashable, Sendable, Codable {
        /// On disk.
        package let bytes: UInt64
        /// Files, as `max-entries` counts them.
        package let entries: Int

        package init(bytes: UInt64, entries: Int) {
            self.bytes = bytes
            self.entries = entries
        }
    }

    package struct Limits: Hashable, Sendable, Codable {
        package let bytes: UInt64?
        package let entries: UInt64?

        package init(bytes: UInt64?, entries: UInt64?) {
            self.bytes = bytes
            self.entries = entries
        }
    }

    /// What the run did to the cache.
    package struct Work: Hashable, Sendable, Codable {
        /// How many names were removed, by the rule that wanted it.
        package let removed: [String: Int]
        package let freedBytes: UInt64
        /// How many inodes were changed.
        package let changed: Int
        /// How many changes and removals failed.
        package let failed: Int

        package init(removed: [String: Int], freedBytes: UInt64, changed: Int, failed: Int) {
            self.removed = removed
            self.freedBytes = freedBytes
            self.changed = changed
            self.failed = failed
        }

        private enum CodingKeys: String, CodingKey {
            case removed, changed, failed
            case freedBytes = "freed-bytes"
        }
    }

    package let cache: String
    private let root: PathText
    /// SHA-256 of the policy file that speaks of the cache; `nil` for a built-in policy.
    package let policy: String?
    /// `nil` where there was nothing to look at.
    package let before: Size?
    package let after: Size?
    package let limits: Limits
    package let drift: DriftCounts
    package let work: Work

    package init(
        cache: String, path: FilePath, policy: String?, before: Size?, after: Size?, limits: Limits,
        drift: DriftCounts, work: Work
    ) {
        self.cache = cache
        root = PathText(path)
        self.policy = policy
        self.before = before
        self.after = after
        self.limits = limits
        self.drift = drift
        self.work = work
    }

    package var path: FilePath { root.path }

    private enum CodingKeys: String, CodingKey {
        case cache
        case root = "path"
        case policy, before, after, limits, drift, work
    }
}

/// What a run found and left of everything that is no cache: files that deliver variables, toolchains, waivers.
package struct HostMeasured: Hashable, Sendable, Codable {
    /// SHA-256 of each policy file that was in force, sorted.
    package let policies: [String]
    package let drift: DriftCounts

    package init(policies: [String], drift: DriftCounts) {
        self.policies = policies
        self.drift = drift
    }
}
