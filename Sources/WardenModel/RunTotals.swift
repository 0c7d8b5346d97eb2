package import SystemPackage

/// What all runs of a host have done so far: the numbers behind Prometheus' counters.
package struct RunTotals: Hashable, Sendable, Codable {
    package struct Cache: Hashable, Sendable, Codable {
        /// Names that were removed, by the rule that wanted it.
        package fileprivate(set) var removed: [String: UInt64] = [:]
        package fileprivate(set) var freedBytes: UInt64 = 0
        /// Inodes that were changed.
        package fileprivate(set) var changed: UInt64 = 0
        /// Changes and removals that failed.
        package fileprivate(set) var failed: UInt64 = 0
        /// Seconds since 1970 at the last run that looked at it.
        package fileprivate(set) var last: Int64 = 0

        private enum CodingKeys: String, CodingKey {
            case removed, changed, failed, last
            case freedBytes = "freed-bytes"
        }
    }

    package static let schema = "cachewarden.totals/1"
    /// A cache that no run has looked at for so long is no longer counted.
    package static let memory = Duration.seconds(90 * 86_400)
    /// How many caches there are at most; those that were looked at last stay.
    package static let limit = 1_000

    package let schema: String
    /// How many runs there were, by command, and by what they ended with.
    package private(set) var runs: [String: [String: UInt64]] = [:]
    /// By the path of the cache root.
    package private(set) var caches: [String: Cache] = [:]

    package init() { schema = Self.schema }

    package func cache(at path: FilePath) -> Cache? { caches[path.string] }

    /// Adds a run that is over.
    package mutating func add(_ report: RunReport) {
        runs[report.command.rawValue, default: [:]][report.verdict.rawValue, default: 0] &+= 1
        for cache in report.caches {
            var sum = caches[cache.plan.path.string] ?? Cache()
            for (rule, count) in cache.retention?.removedByRule ?? [:] {
                sum.removed[rule.rawValue, default: 0] &+= UInt64(count)
            }
            sum.freedBytes &+= cache.retention?.freed.rawValue ?? 0
            sum.changed &+= UInt64(cache.changedCount)
            sum.failed &+= UInt64(cache.failedCount)
            sum.last = report.finishedAt.seconds
            caches[cache.plan.path.string] = sum
        }
        let oldest = report.finishedAt.seconds - Self.memory.components.seconds
        caches = caches.filter { $0.value.last >= oldest }
        guard caches.count > Self.limit else { return }
        let kept = caches.sorted { ($1.value.last, $0.key) < ($0.value.last, $1.key) }.prefix(Self.limit)
        caches = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}

/// How many builds of a user succeeded, and how many failed why, as `exec` counted them.
package struct BuildFigures: Hashable, Sendable {
    /// Stands for all users beyond the first two hundred.
    package static let other = "other"
    package static let limit = 200

    package let user: String
    package private(set) var succeeded: UInt64
    package private(set) var failed: [String: UInt64]

    package init(user: String, succeeded: UInt64, failed: [String: UInt64]) {
        self.user = user
        self.succeeded = succeeded
        self.failed = failed
    }

    private var failures: UInt64 { failed.values.reduce(0, &+) }

    /// Returns the figures of those whose builds fail most, and the others' as one.
    package static func bounded(_ figures: [BuildFigures]) -> [BuildFigures] {
        let sorted = figures.sorted { ($1.failures, $0.user) < ($0.failures, $1.user) }
        guard sorted.count > limit else { return sorted }
        var rest = BuildFigures(user: other, succeeded: 0, failed: [:])
        for one in sorted.dropFirst(limit) {
            rest.succeeded &+= one.succeeded
            rest.failed.merge(one.failed, uniquingKeysWith: &+)
        }
        return sorted.prefix(limit) + [rest]
    }
}
