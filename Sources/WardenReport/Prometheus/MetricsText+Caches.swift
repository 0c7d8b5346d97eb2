internal import SystemPackage
internal import WardenModel

/// A cache and the labels of its series.
struct LabelledCache {
    let cache: RunReport.Cache
    let labels: [(String, String)]

    /// How it was when the run ended.
    var current: CacheObservation { cache.after ?? cache.before }
    var census: Census? { current.census }
    var fileSystem: FileSystemObservation? {
        if case .present(let root) = current.root { root.fileSystem } else { nil }
    }

    /// How many files it has, as `max-entries` counts them.
    var files: Int? { census?.fileCount }

    func limit(_ rule: RuleID) -> LimitUsage? { cache.plan.limits.first { $0.rule == rule } }

    /// Returns one sample where there is a value.
    func sample(_ value: (some CustomStringConvertible)?) -> [MetricsPage.Sample] {
        value.map { [(labels, $0.description)] } ?? []
    }

    /// Returns a sample for each value of one more label.
    func samples<Key: Hashable & Comparable>(
        by label: String, _ values: [Key: Int], _ text: (Key) -> String
    ) -> [MetricsPage.Sample] {
        values.sorted { $0.key < $1.key }.map { (labels + [(label, text($0.key))], String($0.value)) }
    }
}

extension MetricsText {
    /// How large caches are beside what their policies allow.
    func addSizes(of caches: [LabelledCache], to page: inout MetricsPage) {
        page.add("cache_size_bytes", "Allocated bytes of a cache.") {
            caches.flatMap { $0.sample($0.census?.allocated.rawValue) }
        }
        page.add("cache_size_limit_bytes", "What the policy allows: max-size.") {
            caches.flatMap { $0.sample($0.limit(.sizeExceeded)?.limit) }
        }
        page.add("cache_size_headroom_bytes", "How much may come before max-size is reached; negative beyond it.") {
            caches.flatMap { one in
                one.sample(
                    one.limit(.sizeExceeded).flatMap { limit in
                        one.census.map { Self.difference(limit.limit, $0.allocated.rawValue) }
                    })
            }
        }
        page.add("cache_inodes", "Inodes of a cache.") { caches.flatMap { $0.sample($0.census?.count) } }
        page.add("cache_entries", "Files of a cache, as max-entries counts them.") {
            caches.flatMap { $0.sample($0.files) }
        }
        page.add("cache_entries_limit", "What the policy allows: max-entries.") {
            caches.flatMap { $0.sample($0.limit(.entriesExceeded)?.limit) }
        }
        page.add("cache_last_use_bytes", "Allocated bytes of what was last used within so many seconds, cumulative.") {
            caches.flatMap { one in
                var total: UInt64 = 0
                return (one.census?.ages.buckets ?? []).enumerated().map { index, bucket in
                    total += bucket.allocated.rawValue
                    let bounds = AgeHistogram.bounds
                    return (
                        one.labels + [("within", index < bounds.count ? String(bounds[index]) : "+Inf")], String(total)
                    )
                }
            }
        }
        page.add(
            "cache_oldest_last_use_timestamp_seconds", "The last use of what nobody has used for longest in a cache."
        ) {
            caches.flatMap { one in
                one.sample(one.census?.ages.oldest.map { one.current.observedAt.seconds - $0 })
            }
        }
    }

    /// The difference of two numbers that may each be as large as a disk.
    private static func difference(_ left: UInt64, _ right: UInt64) -> Int64 {
        Int64(clamping: left) - Int64(clamping: right)
    }

    /// The file systems that caches stand on.
    func addFileSystems(of caches: [LabelledCache], to page: inout MetricsPage) {
        page.add("file_system_size_bytes", "Size of the file system that a cache stands on.") {
            caches.flatMap { $0.sample($0.fileSystem?.size.rawValue) }
        }
        page.add("file_system_available_bytes", "What anybody but root may still use of it.") {
            caches.flatMap { $0.sample($0.fileSystem?.available.rawValue) }
        }
        page.add("file_system_available_limit_bytes", "What the policy wants to be available: min-free.") {
            caches.flatMap { $0.sample($0.limit(.freeSpaceLow)?.limit) }
        }
        page.add("file_system_inodes", "Inodes of the file system that a cache stands on; 0 where it counts none.") {
            caches.flatMap { $0.sample($0.fileSystem?.inodes) }
        }
        page.add("file_system_free_inodes", "Those that are free.") {
            caches.flatMap { $0.sample($0.fileSystem?.freeInodes) }
        }
        page.add("file_system_free_inodes_limit", "How many the policy wants to be free: min-free-inodes.") {
            caches.flatMap { $0.sample($0.limit(.freeInodesLow)?.limit) }
        }
        page.add("file_system_inodes_used_ratio", "Which share of them is used, from 0 to 1.") {
            caches.flatMap { one in
                one.sample(
                    one.fileSystem.flatMap {
                        MetricsPage.ratio($0.inodes - min($0.inodes, $0.freeInodes), of: $0.inodes)
                    })
            }
        }
    }

    /// Whether builds can use caches, and what in them nobody touches.
    func addStates(of caches: [LabelledCache], to page: inout MetricsPage) {
        page.add("cache_present", "1 where there is a cache that could be looked at.") {
            caches.flatMap { $0.sample($0.census == nil ? 0 : 1) }
        }
        page.add("cache_permissions_right", "1 where owner, group, mode and ACLs of a cache are what its policy wants.")
        {
            caches.flatMap { one in
                one.sample(
                    one.census == nil
                        ? nil : one.cache.standing.contains { $0.isDrift && $0.rule.isOfPermissions } ? 0 : 1)
            }
        }
        page.add("cache_refused_inodes", "Inodes of a cache that are never touched, by why.") {
            caches.flatMap { one -> [MetricsPage.Sample] in
                var counts: [String: Int] = [:]
                for group in one.census?.groups ?? [] {
                    if let refusal = group.refusal { counts[refusal.rawValue, default: 0] += group.count }
                }
                return one.samples(by: "reason", counts) { $0 }
            }
        }
        page.add("cache_repaired_inodes", "Inodes of a cache whose rights the last run changed.") {
            caches.flatMap { $0.sample($0.cache.outcomes.reduce(0) { $0 + $1.applied }) }
        }
    }

    /// What the last run removed, and what it could not.
    func addRetention(of caches: [LabelledCache], to page: inout MetricsPage) {
        page.add("cache_removed_bytes", "What the last run removed from a cache.") {
            caches.flatMap { $0.sample($0.cache.retention?.freed.rawValue) }
        }
        page.add(
            "cache_removed_entries", "How many names the last run removed from a cache, by the rule that wanted it."
        ) {
            caches.flatMap { one in
                let rules = one.cache.retention?.removedByRule ?? [:]
                return one.samples(by: "rule", Dictionary(uniqueKeysWithValues: rules.map { ($0.rawValue, $1) })) { $0 }
            }
        }
        page.add("cache_kept_entries", "How many names were to go and are still there, by why.") {
            caches.flatMap { one in
                let kept = one.cache.retention?.kept ?? [:]
                return one.samples(by: "reason", Dictionary(uniqueKeysWithValues: kept.map { ($0.rawValue, $1) })) {
                    $0
                }
            }
        }
        page.add(
            "cache_youngest_removed_timestamp_seconds", "The last use of the youngest entry that the last run removed."
        ) {
            caches.flatMap { $0.sample($0.cache.retention?.youngest) }
        }
    }
}

extension RuleID {
    /// Whether it is about owner, group, mode and ACLs.
    fileprivate var isOfPermissions: Bool {
        rawValue.hasPrefix("root-") || rawValue.hasPrefix("entry-") && self != .entryStranger
    }
}
