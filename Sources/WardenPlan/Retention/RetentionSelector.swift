internal import WardenModel
internal import WardenPolicy

/// Chooses what goes: oldest first, whole pairs, nothing that anybody may still be using. The same input gives the same
/// selection.
struct RetentionSelector {
    let context: RetentionContext
    private var selection = RetentionSelection()
    private var needs: [RuleID: UInt64]
    private var names = 0

    init(_ context: RetentionContext) {
        self.context = context
        needs = Dictionary(context.limits.map { ($0.rule, $0.target) }) { $1 }
    }

    /// Returns what is to go and which times are to be set.
    consuming func select() -> RetentionSelection {
        if context.obstacle == nil, context.retention.whenExceeded == .evict || context.limits.isEmpty {
            chooseEntries()
            chooseFuzz()
        }
        chooseTimes()
        return selection
    }

    // MARK: - Entries

    /// A pair's rank and place in one number, which sorts fast: rank, bucket, start.
    private struct Candidate {
        static func pack(_ rank: UInt32, _ pair: Inventory.Pair) -> UInt64 {
            UInt64(rank) << 32 | UInt64(pair.bucket) << 24 | UInt64(pair.entries.lowerBound & 0xff_ffff)
        }

        let bucket: Int
        let start: Int

        init(_ packed: UInt64) {
            bucket = Int(packed >> 24 & 0xff)
            start = Int(packed & 0xff_ffff)
        }
    }

    private mutating func chooseEntries() {
        let oldest = context.retention.maxAge.flatMap { context.planner.wants(.ageExceeded) ? $0 : nil }
        guard oldest != nil || !needs.isEmpty else { return }
        var candidates: [UInt64] = []
        let isUnlimited = needs.isEmpty
        context.inventory.forEachPair { pair in
            guard pair.fuzz == 0, context.mayTake(pair) else { return }
            if isUnlimited, let oldest, !isOlder(pair, than: oldest) { return }
            candidates.append(Candidate.pack(rank(pair), pair))
        }
        candidates.sort()
        for packed in candidates {
            guard hasBudget else { return }
            let candidate = Candidate(packed)
            let pair = context.inventory.pair(at: candidate.start, of: candidate.bucket)
            if let oldest, isOlder(pair, than: oldest) {
                take(pair, .ageExceeded)
            } else if let rule = context.limits.first(where: { needs[$0.rule, default: 0] > 0 })?.rule {
                take(pair, rule)
            } else if oldest == nil || context.retention.order == .lru {
                return
            }
        }
    }

    /// What nobody can find any more goes before all that somebody might still want.
    private func rank(_ pair: Inventory.Pair) -> UInt32 {
        if pair.isOrphanedOutput || pair.isOrphanedAction || pair.isUnfinished { return 0 }
        return context.retention.order == .lru ? pair.lastUse : pair.modified
    }

    private func isOlder(_ pair: Inventory.Pair, than age: Duration) -> Bool {
        context.now.seconds - Int64(pair.lastUse) > age.components.seconds
    }

    private var hasBudget: Bool { context.retention.budget.entries.map { names < $0 } ?? true }

    private mutating func take(_ pair: Inventory.Pair, _ rule: RuleID) {
        selection.evictions.append(.init(bucket: pair.bucket, start: pair.entries.lowerBound, rule: rule))
        names += pair.files
        for limit in context.limits {
            let freed = limit.measure == .bytes ? pair.allocated.rawValue : UInt64(pair.files)
            needs[limit.rule] = needs[limit.rule].map { $0 > freed ? $0 - freed : 0 }
        }
    }

    // MARK: - Fuzz

    private mutating func chooseFuzz() {
        guard var need = FuzzExceeded.limit(context)?.target,
            context.builds.builds.allSatisfy({ $0.activity != .fuzzing })
        else { return }
        var candidates: [UInt64] = []
        context.inventory.forEachPair { pair in
            if pair.fuzz > 0, pair.lastUse < context.unusedSince {
                candidates.append(Candidate.pack(pair.lastUse, pair))
            }
        }
        candidates.sort()
        for packed in candidates {
            guard need > 0, hasBudget else { return }
            let candidate = Candidate(packed)
            let pair = context.inventory.pair(at: candidate.start, of: candidate.bucket)
            take(pair, .fuzzExceeded)
            need -= min(need, pair.allocated.rawValue)
        }
    }

    // MARK: - Times

    private mutating func chooseTimes() {
        guard context.planner.policy.layout == .goBuild, context.inventory.unreadActions == 0,
            context.planner.wants(.lastUseStale)
        else { return }
        let chosen = Set(selection.evictions.map { UInt64($0.bucket) << 32 | UInt64($0.start) })
        let now = UInt32(clamping: context.now.seconds)
        var times: [RetentionSelection.TimeChoice] = []
        context.inventory.forEachPair { pair in
            guard !chosen.contains(UInt64(pair.bucket) << 32 | UInt64(pair.entries.lowerBound)) else { return }
            let entries = context.inventory.entries(of: pair)
            if entries.contains(where: \.isFuture) {
                for entry in entries where entry.isFuture {
                    times.append(.init(inode: entry.inode, moment: now, reason: .future))
                }
            } else if pair.isOrphanedOutput {
                // Without a build there is nobody to wait for: it goes when a limit wants it to.
                guard context.oldestBuild != nil, !pair.isOrphanMarked, pair.lastUse < context.unusedSince else {
                    return
                }
                for entry in entries { times.append(.init(inode: entry.inode, moment: now, reason: .orphan)) }
            } else if pair.fuzz == 0, context.seesReads {
                for entry in entries where LastUseStale.isStale(entry, in: pair, now: now) {
                    times.append(.init(inode: entry.inode, moment: pair.lastUse, reason: .lastUse))
                }
            }
        }
        selection.times = times
    }
}
