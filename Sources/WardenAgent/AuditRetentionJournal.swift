internal import WardenApply
internal import WardenAudit
internal import WardenModel

/// Writes what retention is about to do, and what came of it, to the audit log.
struct AuditRetentionJournal: RetentionJournal {
    let log: AuditLog

    func intend(_ step: RetentionStep, of plan: CachePlan) throws -> UInt64 {
        // On the disk before the change: a power cut must not leave a change that nothing tells of.
        try log.commit(.retentionIntended(event(step, plan)))
    }

    func conclude(_ token: UInt64, _ outcome: RetentionOutcome, exceptions: [RetentionException]) throws {
        try log.append(
            .retentionConcluded(
                RetentionConcluded(
                    intended: token, removed: outcome.removed, freedBytes: outcome.freed.rawValue,
                    timesSet: outcome.timesSet,
                    exceptions: exceptions.map { .init(path: $0.path, reason: $0.reason) })))
    }

    private func event(_ step: RetentionStep, _ plan: CachePlan) -> RetentionIntended {
        let retention = plan.retention ?? RetentionPlan()
        switch step {
        case .evict(let units):
            let list = retention.evictions
            let members = units.flatMap { list.units[$0].members }
            return RetentionIntended(
                cache: plan.name, path: plan.path, step: .evict,
                rules: Set(units.compactMap { list.units[$0].rule }).sorted { $0.rawValue < $1.rawValue },
                names: members.map { list.path($0) }, unusedSince: Int64(retention.unusedSince),
                allocated: units.reduce(.zero) { $0 + list.units[$1].allocated })
        case .setTimes(let range):
            return RetentionIntended(
                cache: plan.name, path: plan.path, step: .setTimes, rules: [.lastUseStale],
                names: range.map { retention.times.path($0) },
                moments: range.map { Int64(retention.times.moments[$0]) })
        case .refreshTrim(let trim):
            return RetentionIntended(
                cache: plan.name, path: plan.path, step: .refreshTrim, rules: [.trimNotOwned],
                names: [RelativePath("trim.txt")], moments: [trim.moment])
        case .cleanWithGo(let user):
            return RetentionIntended(
                cache: plan.name, path: plan.path, step: .cleanWithGo, rules: [], names: [], user: user)
        }
    }
}
