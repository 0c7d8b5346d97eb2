internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// What retention decides on: one cache as it was seen, and the builds that run on it. Pure.
struct RetentionContext {
    let planner: CachePlanner
    /// Those that drive it.
    private let rules: Set<RuleID>
    let retention: RetentionPolicy
    let observation: CacheObservation
    let root: PresentRoot
    let census: Census
    let inventory: Inventory
    let builds: BuildObservation
    /// Keys of what a running build's own files name.
    let keeping: Set<UInt64>
    /// Keys of pairs that go before all others, whatever the limits are, and by which rule.
    let outright: [UInt64: RuleID]
    let now: Timestamp
    /// The oldest build that may hold entries; `nil` where none runs.
    let oldestBuild: RunningBuild?
    /// Seconds since the epoch: whatever was used then or later stays.
    ///
    /// Two seconds off, because an atime may be a clock tick behind the read that it tells of. A build that begins after
    /// the observation is seen by the second look at each action.
    let unusedSince: UInt32
    /// Every limit beside what is there.
    let usages: [LimitUsage]
    /// Those of the whole cache that are crossed, in the order in which they drive eviction.
    let limits: [RetentionLimit]

    /// `nil` where no retention is asked for, or there is nothing to keep within limits.
    ///
    /// - Parameter rules: Those that count; by default all that the planner looks for.
    init?(
        _ planner: CachePlanner, _ observation: CacheObservation, _ builds: BuildObservation,
        keeping: Set<UInt64> = [], compiled: CompiledOutputs = CompiledOutputs(), by rules: Set<RuleID>? = nil
    ) {
        let rules = rules ?? planner.rules
        guard let retention = planner.policy.retention, case .present(let root) = observation.root,
            let census = observation.census, let inventory = census.inventory
        else { return nil }
        self.planner = planner
        self.rules = rules
        self.retention = retention
        self.observation = observation
        self.root = root
        self.census = census
        self.inventory = inventory
        self.builds = builds
        self.keeping = keeping
        var outright: [UInt64: RuleID] = [:]
        if rules.contains(.modcacheDamaged) {
            for damage in ModcacheDamaged.settled(observation) { outright[damage.version.key] = .modcacheDamaged }
        }
        if rules.contains(.toolchainDropped) {
            for key in ToolchainDropped.keys(retention, compiled) { outright[key] = .toolchainDropped }
        }
        self.outright = outright
        now = observation.observedAt
        oldestBuild = builds.builds.min { $0.startedAt < $1.startedAt }
        var moment = now.seconds - max(2, Self.keepRecent(retention, root.fileSystem.accessTimes).components.seconds)
        if let oldestBuild {
            // For a day after a read that was noted others are not (relatime, mount(8)).
            let untraced: Int64 = root.fileSystem.accessTimes == .strictatime ? 0 : 86_400
            moment = min(moment, oldestBuild.startedAt.seconds - 2 - untraced)
        }
        unusedSince = UInt32(clamping: moment)
        usages = RetentionLimit.usages(retention, CacheAmounts(census), root.fileSystem)
        limits = usages.compactMap { RetentionLimit($0, lowWater: retention.lowWater) }
            .filter { rules.contains($0.rule) && $0.rule != .fuzzExceeded }
    }

    func wants(_ rule: RuleID) -> Bool { rules.contains(rule) }

    var path: String { planner.policy.path.description }
    var accessTimes: FileSystemObservation.AccessTimes { root.fileSystem.accessTimes }

    /// Whether reads leave a trace: without one nobody can say what is in use.
    var seesReads: Bool { accessTimes == .relatime || accessTimes == .strictatime }

    /// How long what was used stays. Where the kernel notes a read only once a day, a shorter time means nothing.
    var keepRecent: Duration { Self.keepRecent(retention, accessTimes) }

    private static func keepRecent(
        _ retention: RetentionPolicy, _ accessTimes: FileSystemObservation.AccessTimes
    ) -> Duration {
        accessTimes == .strictatime
            ? retention.keepRecent : max(retention.keepRecent, RetentionPolicy.leastUnderRelatime)
    }

    /// Whether nobody can hold a pair.
    ///
    /// Of an output without an action nobody knows when it lost it: while builds run it must have been marked, which is its
    /// last use then, before the oldest of them began (`OrphanMark`).
    func mayTake(_ pair: Inventory.Pair) -> Bool {
        guard keeping.isEmpty || !keeping.contains(inventory.key(of: pair)) else { return false }
        return pair.lastUse < unusedSince && (!pair.isOrphanedOutput || pair.isOrphanMarked || oldestBuild == nil)
    }

    /// Why nothing may be evicted, whatever the limits say; `nil` where it may.
    var obstacle: RetentionObstacle? {
        if case .unknown = builds { return .noProcesses }
        if inventory.unreadActions > 0 { return .unreadActions(inventory.unreadActions) }
        if !seesReads, retention.order == .lru { return .noAccessTimes }
        return nil
    }
}

/// What stands in the way of every eviction.
enum RetentionObstacle {
    case noProcesses
    case unreadActions(Int)
    case noAccessTimes
}

extension RetentionPolicy {
    /// Under relatime an atime may be a day old; Go's own step of an hour comes on top (go-cache.md, "Age").
    static let leastUnderRelatime: Duration = .seconds(25 * 3600)
}
