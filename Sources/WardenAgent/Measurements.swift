internal import SystemPackage
internal import WardenAudit
internal import WardenModel

/// What a run leaves in the audit log for the day on which somebody asks how a cache came to be as it is.
struct Measurements {
    let policies: [RunReport.PolicyFile]
    let rules: Set<RuleID>

    /// Returns how a cache was found and left.
    func measured(_ cache: RunReport.Cache) -> AuditEvent {
        let retention = cache.retention
        return .cacheMeasured(
            CacheMeasured(
                cache: cache.plan.name, path: cache.plan.path,
                policy: policies.first { $0.caches[cache.plan.path] != nil }?.digest,
                before: size(cache.before), after: size(cache.after ?? cache.before),
                limits: .init(
                    bytes: limit(.sizeExceeded, of: cache.plan), entries: limit(.entriesExceeded, of: cache.plan)),
                drift: DriftCounts(found: cache.plan.findings, standing: cache.standing, rules: rules),
                work: .init(
                    removed: Dictionary(
                        uniqueKeysWithValues: (retention?.removedByRule ?? [:]).map { ($0.rawValue, $1) }),
                    freedBytes: retention?.freed.rawValue ?? 0, changed: cache.changedCount, failed: cache.failedCount))
        )
    }

    /// Returns how everything else was found and left.
    func measuredHost(found: [Finding], standing: [Finding]) -> AuditEvent {
        .hostMeasured(
            HostMeasured(
                policies: policies.compactMap(\.digest).sorted(),
                drift: DriftCounts(found: found, standing: standing, rules: rules)))
    }

    private func size(_ observation: CacheObservation) -> CacheMeasured.Size? {
        observation.census.map { CacheMeasured.Size(bytes: $0.allocated.rawValue, entries: $0.fileCount) }
    }

    private func limit(_ rule: RuleID, of plan: CachePlan) -> UInt64? {
        plan.limits.first { $0.rule == rule }?.limit
    }
}
