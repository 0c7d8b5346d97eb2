internal import Logging
internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// What a run says of itself while it runs: a constant message, and the data beside it.
struct LogEvent {
    let level: Logger.Level
    let message: Logger.Message
    let metadata: Logger.Metadata

    private init(_ level: Logger.Level, _ message: Logger.Message, _ values: [(String, any CustomStringConvertible)]) {
        self.level = level
        self.message = message
        metadata = Dictionary(values.map { ($0.0, .string(escapedForDisplay($0.1.description))) }) { $1 }
    }

    static func readPolicies(_ loaded: LoadedPolicies) -> LogEvent {
        let names = loaded.selected.map(\.name).joined(separator: " ")
        return LogEvent(
            .info, "policies read",
            [
                ("policies.read", loaded.all.count), ("policies.selected", names),
                ("policies.warnings", loaded.warnings.count), ("policies.digest", loaded.digest),
            ])
    }

    static func looksAt(_ cache: CachePolicy) -> LogEvent {
        LogEvent(.debug, "looking at cache", [("cache.name", cache.name), ("cache.path", cache.path.description)])
    }

    static func observed(_ observation: CacheObservation, _ elapsed: Duration) -> LogEvent {
        LogEvent(
            .info, "cache observed",
            [
                ("cache.name", observation.name), ("cache.entries", observation.census?.count ?? 0),
                ("cache.bytes", observation.census?.allocated.rawValue ?? 0),
                ("cache.vanished", observation.census?.vanished ?? 0),
                ("cache.failures", observation.census?.failureCount ?? 0), ("seconds", elapsed.inSeconds),
            ])
    }

    static func planned(_ plan: CachePlan) -> LogEvent {
        LogEvent(
            .info, "plan made",
            [
                ("cache.name", plan.name), ("plan.mode", plan.mode.rawValue), ("plan.findings", plan.findings.count),
                ("plan.changes", plan.changeCount), ("plan.blocked", plan.isBlocked),
            ])
    }

    static func carriedOut(_ plan: CachePlan, _ outcomes: [ChangeOutcome], _ elapsed: Duration) -> LogEvent {
        LogEvent(
            .info, "changes carried out",
            [
                ("cache.name", plan.name), ("changes.applied", outcomes.reduce(0) { $0 + $1.applied }),
                ("changes.left", outcomes.reduce(0) { $0 + $1.exceptions.count }), ("seconds", elapsed.inSeconds),
            ])
    }

    static func retained(
        _ plan: CachePlan, _ retention: RetentionPlan, _ outcome: RetentionOutcome, _ elapsed: Duration
    ) -> LogEvent {
        LogEvent(
            .info, "retention carried out",
            [
                ("cache.name", plan.name), ("retention.planned", retention.evictions.memberCount),
                ("retention.removed", outcome.removed), ("retention.bytes", outcome.freed.rawValue),
                ("retention.kept", outcome.kept.values.reduce(0, +)), ("retention.vanished", outcome.vanished),
                ("retention.failed", outcome.failureCount), ("retention.times", outcome.timesSet),
                ("seconds", elapsed.inSeconds),
            ])
    }

    static func tookLock(_ path: FilePath) -> LogEvent {
        LogEvent(.debug, "lock taken", [("lock.path", path.description)])
    }

    static func opensAuditLog(_ path: FilePath) -> LogEvent {
        LogEvent(.debug, "opening the audit log", [("audit.path", path.description)])
    }
}

extension Duration {
    /// Seconds with three decimals.
    fileprivate var inSeconds: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: max(0, 3 - rest.count)) + rest
    }
}
