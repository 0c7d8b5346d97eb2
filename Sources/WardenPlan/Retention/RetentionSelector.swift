internal import WardenModel
internal import WardenPolicy

/// Chooses what goes: oldest first, whole pairs, nothing that anybody may still be using. The same input gives the same
/// selection.
///
/// The actions of a shared output go one by one as they age: without one of them a build misses, and the output stays.
struct RetentionSelector {
    let context: RetentionContext
    private var selection = RetentionSelection()
    /// How much still has to go for each of the context's limits.
    private var needs: [UInt64]
    private var names = 0
    /// What already goes of shared outputs, by where the pair begins.
    private var parts: [UInt64: Part] = [:]

    private struct Part {
        var names = 0
        var bytes: UInt64 = 0
    }

    init(_ context: RetentionContext) {
        self.context = context
        needs = context.limits.map(\.target)
    }

    /// Returns what is to go and which times are to be set.
    consuming func select() -> RetentionSelection {
        if context.obstacle == nil { chooseOutright() }
        if context.obstacle == nil, context.retention.whenExceeded == .evict || context.limits.isEmpty {
            chooseEntries()
            mergeParts()
            chooseFuzz()
        }
        chooseTimes()
        return selection
    }

    // MARK: - Entries

    /// A rank and a place in one number, which sorts fast: rank, bucket, start, extent.
    private struct Candidate {
        /// Places from here on have no candidates; no cache holds two thousand million entries.
        static let placeLimit = 1 << 23

        static func pack(
            _ rank: UInt32, bucket: Int, start: Int, _ extent: RetentionSelection.Choice.Extent = .pair
        ) -> UInt64 {
            UInt64(rank) << 32 | UInt64(bucket) << 24 | UInt64(start) << 1 | UInt64(extent.rawValue)
        }

        let isOrphan: Bool
        let bucket: Int
        let start: Int
        let extent: RetentionSelection.Choice.Extent

        init(_ packed: UInt64) {
            isOrphan = packed >> 32 == 0
            bucket = Int(packed >> 24 & 0xff)
            start = Int(packed >> 1 & 0x7f_ffff)
            extent = packed & 1 == 0 ? .pair : .action
        }

        func choice(_ rule: RuleID) -> RetentionSelection.Choice {
            .init(bucket: bucket, start: start, rule: rule, extent: extent)
        }
    }

    /// Chooses what goes whatever the limits are: module versions of which a part is missing, and outputs of toolchains that
    /// the policy drops.
    private mutating func chooseOutright() {
        let context = context
        guard !context.outright.isEmpty else { return }
        var choices: [RetentionSelection.Choice] = []
        context.inventory.forEachPair { pair in
            guard let rule = context.outright[context.inventory.key(of: pair)], context.mayTake(pair) else { return }
            choices.append(.init(bucket: pair.bucket, start: pair.entries.lowerBound, rule: rule))
        }
        for choice in choices where hasBudget { take(context.inventory.pair(of: choice), choice, context.limits) }
    }

    private mutating func chooseEntries() {
        // Asked once and not for each pair: there may be a million.
        let context = context
        let limits = context.limits
        let isByUse = context.retention.order == .lru
        let oldest = context.retention.maxAge.flatMap { context.wants(.ageExceeded) ? $0 : nil }
        guard oldest != nil || !limits.isEmpty else { return }
        /// What nobody used after that is older than the policy allows.
        let ageLimit = oldest.map { context.now.seconds - $0.components.seconds } ?? .min
        var candidates: [UInt64] = []
        // Room that is not written to costs no memory; growing by doubling would cost twice what is needed.
        candidates.reserveCapacity(context.inventory.count)
        context.inventory.forEachPair { pair in
            guard pair.fuzz == 0, pair.entries.upperBound <= Candidate.placeLimit else { return }
            // Chosen by now, or to be kept.
            if !context.outright.isEmpty, context.outright[context.inventory.key(of: pair)] != nil { return }
            if pair.isShared { addActions(of: pair, limits.isEmpty ? ageLimit : .max, isByUse, to: &candidates) }
            guard context.mayTake(pair) else { return }
            if limits.isEmpty, Int64(pair.lastUse) >= ageLimit { return }
            // What nobody can find any more goes before all that somebody might still want.
            let isOrphan = pair.isOrphanedOutput || pair.isOrphanedAction || pair.isUnfinished
            let rank = isOrphan ? 0 : isByUse ? pair.lastUse : pair.modified
            candidates.append(Candidate.pack(rank, bucket: pair.bucket, start: pair.entries.lowerBound))
        }
        candidates.sort()
        selection.evictions.reserveCapacity(candidates.count)
        for packed in candidates {
            guard hasBudget else { return }
            let candidate = Candidate(packed)
            let pair = context.inventory.pair(of: candidate.choice(.ageExceeded))
            if Int64(pair.lastUse) < ageLimit {
                take(pair, candidate.choice(.ageExceeded), limits)
            } else if let limit = needs.firstIndex(where: { $0 > 0 }) {
                take(pair, candidate.choice(limits[limit].rule), limits)
            } else if candidate.isOrphan, let limit = limits.first {
                // The end of an eviction that began earlier: it helps nobody to keep a part of it.
                take(pair, candidate.choice(limit.rule), limits)
            } else if oldest == nil || isByUse {
                return
            }
        }
    }

    /// Adds the actions of a shared output that nobody has used for long.
    private func addActions(
        of pair: Inventory.Pair, _ ageLimit: Int64, _ isByUse: Bool, to candidates: inout [UInt64]
    ) {
        for (place, entry) in zip(pair.entries, context.inventory.entries(of: pair))
        where entry.kind == .action && entry.lastUse < context.unusedSince && Int64(entry.lastUse) < ageLimit {
            candidates.append(
                Candidate.pack(isByUse ? entry.lastUse : entry.modified, bucket: pair.bucket, start: place, .action))
        }
    }

    private var hasBudget: Bool { context.retention.budget.entries.map { names < $0 } ?? true }

    private mutating func take(_ pair: Inventory.Pair, _ choice: RetentionSelection.Choice, _ limits: [RetentionLimit])
    {
        selection.evictions.append(choice)
        var part = Part(names: pair.files, bytes: pair.allocated.rawValue)
        if choice.extent == .action {
            let place = pairPlace(of: choice)
            parts[place, default: Part()].names += part.names
            parts[place, default: Part()].bytes += part.bytes
        } else if !parts.isEmpty, let gone = parts[pairPlace(of: choice)] {
            part.names -= gone.names
            part.bytes -= gone.bytes
        }
        names += part.names
        for (index, limit) in limits.enumerated() {
            let freed = limit.measure == .bytes ? part.bytes : UInt64(part.names)
            needs[index] -= min(needs[index], freed)
        }
    }

    private func pairPlace(of choice: RetentionSelection.Choice) -> UInt64 {
        UInt64(choice.bucket) << 32 | UInt64(context.inventory.pairStart(of: choice))
    }

    /// Leaves out single actions whose whole pair goes: an output may only go in one unit with all that name it.
    private mutating func mergeParts() {
        guard !parts.isEmpty else { return }
        let whole = Set(selection.evictions.filter { $0.extent == .pair }.map { pairPlace(of: $0) })
        selection.evictions = selection.evictions.filter {
            $0.extent == .pair || !whole.contains(pairPlace(of: $0))
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
            if pair.fuzz > 0, pair.lastUse < context.unusedSince, pair.entries.upperBound <= Candidate.placeLimit {
                candidates.append(
                    Candidate.pack(pair.lastUse, bucket: pair.bucket, start: pair.entries.lowerBound))
            }
        }
        candidates.sort()
        for packed in candidates {
            guard need > 0, hasBudget else { return }
            let choice = Candidate(packed).choice(.fuzzExceeded)
            let pair = context.inventory.pair(of: choice)
            take(pair, choice, context.limits)
            need -= min(need, pair.allocated.rawValue)
        }
    }

    // MARK: - Times

    private mutating func chooseTimes() {
        guard context.planner.policy.layout == .goBuild, context.inventory.unreadActions == 0,
            context.wants(.lastUseStale)
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
            } else if pair.fuzz == 0, seesReads, LastUseStale.isStale(pair.oldest, pair.lastUse, now: now) {
                for (place, entry) in zip(pair.entries, context.inventory.entries(of: pair)) {
                    let lastUse = pair.lastUse(of: entry)
                    guard LastUseStale.isStale(entry.modified, lastUse, now: now),
                        !chosen.containsAction(at: place, of: pair.bucket)
                    else { continue }
                    times.append(.init(inode: entry.inode, moment: lastUse, reason: .lastUse))
                }
            }
        }
        selection.times = times
    }
}

/// The pairs that a selection evicts, asked for in the order of the inventory.
private struct ChosenPairs {
    private let places: [UInt64]
    private let actions: Set<UInt64>
    private var next = 0

    init(_ choices: [RetentionSelection.Choice]) {
        func places(_ extent: RetentionSelection.Choice.Extent) -> [UInt64] {
            choices.lazy.filter { $0.extent == extent }.map { UInt64($0.bucket) << 32 | UInt64($0.start) }
        }
        self.places = places(.pair).sorted()
        actions = Set(places(.action))
    }

    func containsAction(at place: Int, of bucket: Int) -> Bool {
        !actions.isEmpty && actions.contains(UInt64(bucket) << 32 | UInt64(place))
    }

    mutating func contains(_ pair: Inventory.Pair) -> Bool {
        let place = UInt64(pair.bucket) << 32 | UInt64(pair.entries.lowerBound)
        while next < places.count, places[next] < place { next += 1 }
        return next < places.count && places[next] == place
    }
}
