internal import Synchronization
internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// The evictions of one plan on their way through all units, on several threads.
///
/// The order within a unit is what keeps builds whole. Actions go first: once they are gone nobody new can find the
/// output. A reader who came before has moved an action's atime, or still has it open, and then the action stays, and
/// the output with it. Only when every action went, provably unread, does the output go.
final class EvictionWork: Sendable {
    private struct State {
        var next = 0
        var outcome = RetentionOutcome()
        var failure: (any Error)?
    }

    private let plan: CachePlan
    private let evictions: EvictionList
    private let passes: RetentionPlan.Passes
    private let unusedSince: UInt32
    private let root: PinnedRoot
    private let pool: DirectoryPool
    private let journal: any RetentionJournal
    private let progress: WalkProgress
    private let isOverTime: @Sendable () -> Bool
    private let hasBuilds: @Sendable () -> Bool
    private let isInterrupted: @Sendable () -> Bool
    private let state = Mutex(State())
    private let hasFailed = Atomic<Bool>(false)

    init(
        plan: CachePlan, retention: RetentionPlan, root: PinnedRoot, journal: any RetentionJournal,
        progress: WalkProgress, deadline: @escaping @Sendable () -> Bool, hasBuilds: @escaping @Sendable () -> Bool,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.plan = plan
        evictions = retention.evictions
        passes = retention.passes
        unusedSince = retention.unusedSince
        self.root = root
        pool = DirectoryPool(root: root)
        self.journal = journal
        self.progress = progress
        isOverTime = deadline
        self.hasBuilds = hasBuilds
        self.isInterrupted = isInterrupted
    }

    var outcome: RetentionOutcome { state.withLock { $0.outcome } }
    var failure: (any Error)? { state.withLock { $0.failure } }

    func run(threads: Int) {
        let units = evictions.units.count
        guard units > 0 else { return }
        WorkerThreads.run(min(threads, (units - 1) / RetentionExecutor.batchSize + 1)) { [self] _ in
            let remover = EntryRemover(root: root, unusedSince: unusedSince)
            let directories = RecentDirectories(of: pool)
            while let batch = nextBatch() { run(batch, remover, directories) }
        }
    }

    private func nextBatch() -> Range<Int>? {
        state.withLock { state in
            let units = evictions.units.count
            guard state.next < units else { return nil }
            let start = state.next
            state.next = min(start + RetentionExecutor.batchSize, units)
            return start..<state.next
        }
    }

    private func run(_ batch: Range<Int>, _ remover: EntryRemover, _ directories: RecentDirectories) {
        if let reason = reasonToStop {
            let left = batch.reduce(0) { $0 + evictions.units[$1].members.count }
            state.withLock { $0.outcome.kept[reason, default: 0] += left }
            return
        }
        do {
            let token = try journal.intend(.evict(batch), of: plan)
            var result = BatchResult()
            if ModuleEviction.isMeant(by: evictions) {
                removeModules(batch, &result)
                let (outcome, exceptions) = result.ended()
                state.withLock { $0.outcome.add(outcome) }
                return try journal.conclude(token, outcome, exceptions: exceptions)
            }
            let hasReaders = passes == .separate && hasBuilds()
            for unit in batch {
                if let reason = reasonToStop {
                    result.keep(evictions, unit, reason)
                } else {
                    remove(unit, remover, directories, hasReaders, &result)
                }
            }
            let (outcome, exceptions) = result.ended()
            state.withLock { $0.outcome.add(outcome) }
            try journal.conclude(token, outcome, exceptions: exceptions)
        } catch {
            hasFailed.store(true, ordering: .relaxed)
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }

    private var reasonToStop: KeptReason? {
        if isInterrupted() || hasFailed.load(ordering: .relaxed) { return .interrupted }
        return isOverTime() ? .budget : nil
    }

    private func removeModules(_ batch: Range<Int>, _ result: inout BatchResult) {
        ModuleEviction(
            list: evictions, remover: ModuleRemover(root: root, unusedSince: unusedSince), passes: passes,
            hasBuilds: hasBuilds, reasonToStop: { self.reasonToStop }
        ).run(batch, &result)
        let names = batch.reduce(0) { $0 + evictions.units[$1].members.count }
        progress.entries.wrappingAdd(names, ordering: .relaxed)
    }

    private func remove(
        _ unit: Int, _ remover: EntryRemover, _ directories: RecentDirectories, _ hasReaders: Bool,
        _ result: inout BatchResult
    ) {
        let members = evictions.units[unit].members
        // An action's lease is held until the output that it names has gone.
        defer { remover.endUnit() }
        let hasActions = evictions.kinds[members.lowerBound] == .action
        // Without a trace of reads an output goes only when it had no action before, and nobody builds.
        var mayTakeOutput = passes == .single || (!hasActions && !hasReaders)
        for member in members {
            let kind = evictions.kinds[member]
            let isOutput = kind == .output || kind == .executable
            guard !isOutput || mayTakeOutput else {
                result.add(.kept(.waiting), evictions, member, unit)
                continue
            }
            let removal = remove(member, kind, remover, directories)
            result.add(removal, evictions, member, unit)
            if !isOutput, !removal.leavesNoReader { mayTakeOutput = false }
        }
        progress.entries.wrappingAdd(members.count, ordering: .relaxed)
    }

    private func remove(
        _ member: Int, _ kind: InventoryEntry.Kind, _ remover: EntryRemover, _ directories: RecentDirectories
    ) -> Removal {
        let path = evictions.pathBytes(member)
        let inode = evictions.inodes[member]
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            return remover.remove(path, kind, inode: inode, in: root.descriptor)
        }
        do throws(Errno) {
            let directory = try directories.directory(path[..<slash])
            return remover.remove(path[(slash + 1)...], kind, inode: inode, in: directory.descriptor)
        } catch .noSuchFileOrDirectory {
            return .vanished
        } catch .tooManySymbolicLinkLevels, .notDirectory, .improperLink {
            return .kept(.refused)
        } catch {
            return .failed(operation: "open the directory of", error)
        }
    }
}

extension Removal {
    /// Whether nobody can be about to use what a removed action named.
    fileprivate var leavesNoReader: Bool {
        if case .removed = self { true } else { false }
    }
}

/// What became of one batch.
struct BatchResult {
    var outcome = RetentionOutcome()
    var exceptions: [RetentionException] = []
    /// Neighbours have the same rule nearly always: counted here, and looked up only where it changes.
    private var rule: (id: RuleID, removed: Int)?

    mutating func add(_ removal: Removal, _ list: EvictionList, _ member: Int, _ unit: Int) {
        switch removal {
        case .removed(let size), .removedUnproven(let size):
            outcome.removed += 1
            outcome.freed += size
            if let rule = list.units[unit].rule { count(rule) }
            outcome.youngest = max(outcome.youngest ?? 0, list.units[unit].lastUse)
        case .kept, .vanished, .failed:
            let path = list.path(member)
            outcome.count(removal, at: path)
            exceptions.append(RetentionException(path: path, removal: removal))
        }
    }

    mutating func keep(_ list: EvictionList, _ unit: Int, _ reason: KeptReason) {
        for member in list.units[unit].members { add(.kept(reason), list, member, unit) }
    }

    consuming func ended() -> (RetentionOutcome, [RetentionException]) {
        endRule()
        return (outcome, exceptions)
    }

    private mutating func count(_ id: RuleID) {
        if rule?.id != id {
            endRule()
            rule = (id, 0)
        }
        rule?.removed += 1
    }

    private mutating func endRule() {
        if let rule { outcome.removedByRule[rule.id, default: 0] += rule.removed }
        rule = nil
    }
}
