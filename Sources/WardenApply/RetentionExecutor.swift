internal import Synchronization
package import SystemPackage
package import WardenLinux
package import WardenModel

/// Carries out a retention plan: `trim.txt` first, then what goes, oldest first, then the times.
package struct RetentionExecutor: Sendable {
    /// What became of a plan.
    package struct Execution: Sendable {
        package var outcome = RetentionOutcome()
        /// Why it ended early: the journal could not be written.
        package var failure: (any Error)?
    }

    /// So many units are written down, removed and concluded together.
    static let batchSize = 1_024

    private let top: FilePath
    private let threads: Int
    private let progress: WalkProgress
    private let now: @Sendable () -> Timestamp
    private let hasBuilds: @Sendable () -> Bool
    private let isInterrupted: @Sendable () -> Bool

    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - hasBuilds: Whether any build runs on the cache right now; asked where reads leave no trace.
    ///   - isInterrupted: Whether the run is to end; asked between two units, from any thread.
    package init(
        top: FilePath, threads: Int, progress: WalkProgress = WalkProgress(),
        now: @escaping @Sendable () -> Timestamp, hasBuilds: @escaping @Sendable () -> Bool,
        isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }
    ) {
        self.top = top
        self.threads = threads
        self.progress = progress
        self.now = now
        self.hasBuilds = hasBuilds
        self.isInterrupted = isInterrupted
    }

    /// Carries out the plan's retention.
    ///
    /// An interruption or the end of the budget ends it after the unit in hand; what is left goes in the next run. Throws
    /// `ApplyError` where the cache root cannot be pinned; then nothing was changed.
    package func execute(_ plan: CachePlan, journal: any RetentionJournal) throws -> Execution {
        var execution = Execution()
        guard let retention = plan.retention, !retention.isEmpty else { return execution }
        let root = try pinRoot(of: plan, below: top)
        if let trim = retention.trim { refresh(trim, plan, root, journal, &execution) }
        guard execution.failure == nil else { return execution }
        progress.expected.store(retention.evictions.memberCount, ordering: .relaxed)
        let work = EvictionWork(
            plan: plan, retention: retention, root: root, journal: journal, progress: progress,
            deadline: deadline(retention.budget), hasBuilds: hasBuilds, isInterrupted: isInterrupted)
        work.run(threads: threads)
        progress.expected.store(0, ordering: .relaxed)
        execution.outcome.add(work.outcome)
        execution.failure = work.failure
        guard execution.failure == nil else { return execution }
        setTimes(plan, retention, root, journal, &execution)
        return execution
    }

    private func deadline(_ budget: RetentionPlan.Budget) -> (@Sendable () -> Bool) {
        guard let time = budget.time else { return { false } }
        let start = now()
        let now = now
        return { now().since(start) >= time }
    }

    private func refresh(
        _ trim: TrimRefresh, _ plan: CachePlan, _ root: PinnedRoot, _ journal: any RetentionJournal,
        _ execution: inout Execution
    ) {
        do {
            let token = try journal.intend(.refreshTrim(trim), of: plan)
            var outcome = RetentionOutcome()
            do throws(Errno) {
                switch try TrimWriter(root: root).write(trim) {
                case .written: outcome.trimRefreshed = true
                case .locked: break
                case .refused: outcome.kept[.refused, default: 0] += 1
                }
            } catch {
                outcome.fail(RelativePath("trim.txt"), "write", error)
            }
            execution.outcome.add(outcome)
            try journal.conclude(token, outcome, exceptions: [])
        } catch {
            execution.failure = error
        }
    }

    private func setTimes(
        _ plan: CachePlan, _ retention: RetentionPlan, _ root: PinnedRoot, _ journal: any RetentionJournal,
        _ execution: inout Execution
    ) {
        let setter = TimeSetter(root: root, now: now())
        let list = retention.times
        for start in stride(from: 0, to: list.count, by: Self.batchSize) where !isInterrupted() {
            let range = start..<min(start + Self.batchSize, list.count)
            do {
                let token = try journal.intend(.setTimes(range), of: plan)
                var outcome = RetentionOutcome()
                var exceptions: [RetentionException] = []
                for index in range {
                    let path = list.path(index)
                    let removal = setter.set(
                        path, inode: list.inodes[index], to: list.moments[index], because: list.reasons[index])
                    if case .removed = removal {
                        outcome.timesSet += 1
                    } else {
                        exceptions.append(RetentionException(path: path, removal: removal))
                        outcome.count(removal, at: path)
                    }
                }
                execution.outcome.add(outcome)
                try journal.conclude(token, outcome, exceptions: exceptions)
            } catch {
                execution.failure = error
                return
            }
        }
    }
}

extension RetentionOutcome {
    /// Counts one name that was to go and is still there, or was gone already.
    mutating func count(_ removal: Removal, at path: RelativePath) {
        switch removal {
        case .removed, .removedUnproven: break
        case .kept(let reason): kept[reason, default: 0] += 1
        case .vanished: vanished += 1
        case .failed(let operation, let cause): fail(path, operation, cause)
        }
    }
}

extension RetentionException {
    init(path: RelativePath, removal: Removal) {
        let reason =
            switch removal {
            case .removed, .removedUnproven: "removed"
            case .kept(let reason): reason.rawValue
            case .vanished: "vanished"
            case .failed(let operation, let cause): "cannot \(operation): \(cause)"
            }
        self.init(path: path, reason: reason)
    }
}
