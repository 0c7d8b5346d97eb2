internal import WardenModel
internal import WardenPolicy

/// Chooses what goes: oldest first, whole pairs, nothing that anybody may still be using. The same input gives the same
/// selection.
struct RetentionSelector {
    let context: RetentionContext
    private var selection = RetentionSelection()
    /// How much still has to go for each of the context's limits.
    private var needs: [UInt64]
    private var names = 0

    init(_ context: RetentionContext) {
        self.context = context
        needs = context.limits.map(\.target)
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
        // Asked once and not for each pair: there may be a million.
        let context = context
        let limits = context.limits
        let isByUse = context.retention.order == .lru
        let oldest = context.retention.maxAge.flatMap { context.planner.wants(.ageExceeded) ? $0 : nil }
        guard oldest != nil || !limits.isEmpty else { return }
        /// What nobody used after that is older than the policy allows.
        let ageLimit = oldest.map { context.now.seconds - $0.components.seconds } ?? .min
        var candidates: [UInt64] = []
        context.inventory.forEachPair { pair in
            guard pair.fuzz == 0, context.mayTake(pair) else { return }
            if limits.isEmpty, Int64(pair.lastUse) >= ageLimit { return }
            // What nobody can find any more goes before all that somebody might still want.
            let isOrphan = pair.isOrphanedOutput || pair.isOrphanedAction || pair.isUnfinished
            candidates.append(Candidate.pack(isOrphan ? 0 : isByUse ? pair.lastUse : pair.modified, pair))
        }
        candidates.sort()
        for packed in candidates {
            guard hasBudget else { return }
            let candidate = Candidate(packed)
            let pair = context.inventory.pair(at: candidate.start, of: candidate.bucket)
            if Int64(pair.lastUse) < ageLimit {
                take(pair, .ageExceeded, limits)
            } else if let limit = needs.firstIndex(where: { $0 > 0 }) {
                take(pair, limits[limit].rule, limits)
            } else if oldest == nil || isByUse {
                return
            }
        }
    }

    private var hasBudget: Bool { context.retention.budget.entries.map { names < $0 } ?? true }

    private mutating func take(_ pair: Inventory.Pair, _ rule: RuleID, _ limits: [RetentionLimit]) {
        selection.evictions.append(.init(bucket: pair.bucket, start: pair.entries.lowerBound, rule: rule))
        names += pair.files
        for (index, limit) in limits.enumerated() {
            let freed = limit.measure == .bytes ? pair.allocated.rawValue : UInt64(pair.files)
            needs[index] -= min(needs[index], freed)
        }
    }

    // MARK: - Fuzz

    private mutating func chooseFuzz() {
        guard var need = FuzzExceeded.limit(context)?.target,
            context.builds.builds.allSatisfy({ $0.activity != .fuzzing })
        else { return }
        let context = context
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
            take(pair, .fuzzExceeded, context.limits)
            need -= min(need, pair.allocated.rawValue)
        }
    }

    // MARK: - Times

    private mutating func chooseTimes() {
        guard context.planner.policy.layout == .goBuild, context.inventory.unreadActions == 0,
            context.planner.wants(.lastUseStale)
        else { return }
        let context = context
        var chosen = ChosenPairs(selection.evictions)
        let now = UInt32(clamping: context.now.seconds)
        let seesReads = context.seesReads
        var times: [RetentionSelection.TimeChoice] = []
        context.inventory.forEachPair { pair in
            guard !chosen.contains(pair) else { return }
            if pair.hasFuture {
                for entry in context.inventory.entries(of: pair) where entry.isFuture {
                    times.append(.init(inode: entry.inode, moment: now, reason: .future))
                }
            } else if pair.isOrphanedOutput {
                // Without a build there is nobody to wait for: it goes when a limit wants it to.
                guard context.oldestBuild != nil, !pair.isOrphanMarked, pair.lastUse < context.unusedSince else {
                    return
                }
                for entry in context.inventory.entries(of: pair) {
                    times.append(.init(inode: entry.inode, moment: now, reason: .orphan))
                }
            } else if pair.fuzz == 0, seesReads, LastUseStale.isStale(pair.oldest, in: pair, now: now) {
                for entry in context.inventory.entries(of: pair)
                where LastUseStale.isStale(entry.modified, in: pair, now: now) {
                    times.append(.init(inode: entry.inode, moment: pair.lastUse, reason: .lastUse))
                }
            }
        }
        selection.times = times
    }
}

/// The pairs that a selection evicts, asked for in the order of the inventory.
private struct ChosenPairs {
    private let places: [UInt64]
    private var next = 0

    init(_ choices: [RetentionSelection.Choice]) {
        places = choices.map { UInt64($0.bucket) << 32 | UInt64($0.start) }.sorted()
    }

    mutating func contains(_ pair: Inventory.Pair) -> Bool {
        let place = UInt64(pair.bucket) << 32 | UInt64(pair.entries.lowerBound)
        while next < places.count, places[next] < place { next += 1 }
        return next < places.count && places[next] == place
    }
}
