internal import SystemPackage
internal import WardenGoCache
package import WardenModel
internal import WardenPolicy

/// Says what keeps an entry and what would remove it: pure, by the same rules as the plan.
package struct EntryExplainer {
    private let planner: CachePlanner
    private let observation: CacheObservation
    private let input: RetentionInput?
    private let entry: EntryObservation
    private let pair: Inventory.Pair?
    private let inventory: Inventory

    /// - Parameters:
    ///   - input: What retention chose; `nil` where the policy has none.
    ///   - pair: The pair that the entry belongs to.
    package init(
        _ planner: CachePlanner, _ observation: CacheObservation, _ input: RetentionInput?, entry: EntryObservation,
        pair: Inventory.Pair?, in inventory: Inventory
    ) {
        self.planner = planner
        self.observation = observation
        self.input = input
        self.entry = entry
        self.pair = pair
        self.inventory = inventory
    }

    private var context: RetentionContext? {
        input.flatMap { RetentionContext(planner, observation, $0.builds, by: planner.enforcedRules()) }
    }

    /// The last use that decides over the entry, seconds since the epoch.
    private func lastUse(in pair: Inventory.Pair) -> UInt32 {
        inventory.entry(entry.inode, of: pair).map { pair.lastUse(of: $0) } ?? pair.lastUse
    }

    private var now: Timestamp { observation.observedAt }

    // MARK: - What keeps it

    package var keeps: [EntryExplanation.Reason] {
        switch entry.role {
        case .bookkeeping: return [.init("Go keeps this file beside its entries; it is never removed")]
        case .shard: return [.init("one of the 256 directories that hold entries; it is never removed")]
        case .system: return [.init("the file system or the kernel put it there; it is never touched")]
        case .stranger: return [.init("Go does not make this name; it is reported, counted, and never removed")]
        case .action, .output, .executable, .executableDirectory, .fuzz, .plain: break
        }
        guard let context else { return [.init("no policy limits this cache: only Go's own trim removes entries")] }
        guard planner.mode == .enforce else {
            return [.init("the policy says 'mode: audit': nothing is ever changed")]
        }
        return obstacle(context) + use(context)
    }

    private func obstacle(_ context: RetentionContext) -> [EntryExplanation.Reason] {
        switch context.obstacle {
        case .noProcesses: [.init("there is no /proc, so nobody can say which builds run: nothing is evicted")]
        case .unreadActions: [.init("actions of others cannot be read without refreshing them: nothing is evicted")]
        case .noAccessTimes: [.init("reads leave no trace on this mount and the order is 'lru': nothing is evicted")]
        case nil: []
        }
    }

    private func use(_ context: RetentionContext) -> [EntryExplanation.Reason] {
        guard let pair else { return [] }
        let lastUse = lastUse(in: pair)
        var reasons: [EntryExplanation.Reason] = []
        let recent = context.keepRecent.components.seconds
        if Int64(lastUse) >= now.seconds - recent {
            let asked = context.retention.keepRecent.components.seconds
            let why = asked == recent ? "'keep-recent'" : "'keep-recent', which is 25 hours on this mount"
            reasons.append(
                .init(
                    "it was used \(spoken(now.seconds - Int64(lastUse))) ago; \(why) keeps it",
                    at: Timestamp(seconds: Int64(lastUse) + recent)))
        }
        if let build = context.oldestBuild, Int64(lastUse) >= build.startedAt.seconds - 2 {
            reasons.append(
                .init(
                    "'\(build.command)' (process \(build.process)) has been running since \(build.startedAt): what was used "
                        + "since then stays until it ends"))
        }
        if pair.isOrphanedOutput, let build = context.oldestBuild, !context.mayTake(pair) {
            reasons.append(
                .init(
                    "no action names it any more, and '\(build.command)' (process \(build.process)) may have found it before"
                ))
        }
        if reasons.isEmpty, context.obstacle == nil, !isChosen {
            reasons.append(.init("no limit is crossed that it would have to go for"))
        }
        return reasons
    }

    // MARK: - What would remove it

    package var removes: [EntryExplanation.Reason] {
        guard let pair else { return [] }
        guard let context, planner.mode == .enforce else { return [goTrim(pair)] }
        if let choice {
            return [.init("the next 'cachewarden apply' removes it: \(choice.rule?.rawValue ?? "asked for")", at: now)]
        }
        var reasons: [EntryExplanation.Reason] = []
        if let age = context.retention.maxAge {
            reasons.append(
                .init(
                    "'max-age' removes it, if nobody uses it before",
                    at: Timestamp(seconds: Int64(lastUse(in: pair)) + age.components.seconds)))
        }
        for usage in context.usages where usage.rule != .fuzzExceeded && pair.fuzz == 0 {
            reasons.append(.init(limit(usage, pair)))
        }
        if !context.retention.ownTrim || reasons.isEmpty { reasons.append(goTrim(pair)) }
        return reasons
    }

    private var choice: RetentionSelection.Choice? {
        guard let pair else { return nil }
        let place = inventory.entry(entry.inode, of: pair)
        return input?.selection.evictions.first {
            guard $0.bucket == pair.bucket else { return false }
            switch $0.extent {
            case .pair: return $0.start == pair.entries.lowerBound
            case .action: return inventory.buckets[$0.bucket][$0.start].inode == place?.inode
            }
        }
    }

    private var isChosen: Bool { choice != nil }

    private func limit(_ usage: LimitUsage, _ pair: Inventory.Pair) -> String {
        var older = 0
        var size: UInt64 = 0
        inventory.forEachPair { other in
            guard other.fuzz == 0, other.lastUse < pair.lastUse else { return }
            older += other.entries.count
            size += other.allocated.rawValue
        }
        let before = "\(grouped(UInt64(older))) entries (\(ByteCount(size))) go before it"
        let room =
            usage.isCrossed
            ? "is crossed: \(usage.text(usage.found)) now" : "has room: \(usage.text(usage.found)) now"
        return "\(usage.rule.rawValue): the limit of \(usage.text(usage.limit)) \(room); \(before)"
    }

    private func goTrim(_ pair: Inventory.Pair) -> EntryExplanation.Reason {
        if pair.fuzz > 0 { return .init("Go never trims corpora; 'go clean -fuzzcache' removes all of them") }
        return .init(
            "Go's own trim removes it five days after its mtime, at the end of a build",
            at: Timestamp(seconds: entry.modified.seconds + TrimFile.limit.components.seconds))
    }

    /// `3 h 20 min`, `4 days`.
    private func spoken(_ seconds: Int64) -> String {
        switch max(0, seconds) {
        case ..<60: "\(max(0, seconds)) s"
        case ..<3_600: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        default: "\(seconds / 86_400) days"
        }
    }
}
