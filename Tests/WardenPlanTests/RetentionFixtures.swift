import SystemPackage
import WardenModel
import WardenPlan
import WardenPolicy
import WardenTestSupport

/// A cache of entries whose sizes and times a test chooses, and a policy that limits it.
struct RetentionFixture {
    /// The moment of the observation, seconds since the epoch.
    static let now: UInt32 = 1_795_406_400
    static let day: UInt32 = 86_400

    var retention = RetentionPolicy()
    var layout = CacheLayout.goBuild
    var mode = CachePlan.Mode.enforce
    var accessTimes = FileSystemObservation.AccessTimes.relatime
    var builds = BuildObservation.known([])
    var entries: [InventoryEntry] = []
    var unreadActions = 0
    var only: Set<RuleID> = []
    var waivers = CacheWaivers.none
    var compiled = CompiledOutputs()
    var available = ByteCount(1 << 39)
    var freeInodes: UInt64 = 900_000
    private var nextInode: UInt64 = 1_000

    init(_ change: (inout RetentionPolicy) -> Void = { _ in }) { change(&retention) }

    /// Adds an output with actions, all last used so many seconds ago, each of them 4 KiB.
    @discardableResult
    mutating func addPair(
        key: UInt64, usedAgo age: UInt32, actions: Int = 1, outputs: Int = 1, modifiedAgo: UInt32? = nil,
        size: UInt64 = 4_096, isMarked: Bool = false
    ) -> [UInt64] {
        var inodes: [UInt64] = []
        for index in 0..<(actions + outputs) {
            nextInode += 1
            inodes.append(nextInode)
            entries.append(
                InventoryEntry(
                    kind: index < actions ? .action : .output, inode: nextInode, key: key,
                    lastUse: Self.now - age, modified: Self.now - (modifiedAgo ?? age), blocks: size / 512,
                    isOrphanMarked: isMarked))
        }
        return inodes
    }

    mutating func addFuzz(key: UInt64, usedAgo age: UInt32, size: UInt64) {
        nextInode += 1
        entries.append(
            InventoryEntry(
                kind: .fuzz, inode: nextInode, key: key, lastUse: Self.now - age, modified: Self.now - age,
                blocks: size / 512))
    }

    static func build(startedAgo age: UInt32, activity: RunningBuild.Activity = .building) -> RunningBuild {
        RunningBuild(
            process: 42, user: People.alice, startedAt: Timestamp(seconds: Int64(now - age)), command: "go build ./...",
            evidence: .usesCache, activity: activity)
    }

    var inventory: Inventory {
        var buckets = Array(repeating: [InventoryEntry](), count: 256)
        for entry in entries { buckets[entry.bucket].append(entry) }
        return Inventory(
            buckets: buckets.map { $0.sorted { ($0.key, $0.inode) < ($1.key, $1.inode) } },
            unreadActions: unreadActions)
    }

    var observation: CacheObservation {
        func group(_ role: EntryRole, _ kinds: Set<InventoryEntry.Kind>) -> EntryGroup {
            let members = entries.filter { kinds.contains($0.kind) }
            return EntryGroup(
                role: role, node: CacheFixture.goodFile, refusal: nil, count: members.count,
                allocated: members.reduce(.zero) { $0 + $1.allocated }, subjects: SubjectList())
        }
        var census = Census(groups: [
            group(.action, [.action, .damagedAction]), group(.output, [.output, .executable]), group(.fuzz, [.fuzz]),
            group(.plain, [.plain]),
        ])
        census.inventory = inventory
        let fileSystem = FileSystemObservation(
            type: "ext4", isReadOnly: false, supportsACLs: true, accessTimes: accessTimes, hasLazyTimes: false,
            size: ByteCount(1 << 40), available: available, inodes: 1_000_000, freeInodes: freeInodes)
        return CacheObservation(
            name: "go-build", path: "/var/cache/go-build", layout: layout,
            observedAt: Timestamp(seconds: Int64(Self.now)),
            root: .present(
                PresentRoot(
                    identity: CacheFixture.identity, node: CacheFixture.goodDirectory, fileSystem: fileSystem)),
            ancestors: CacheFixture.ancestors(), census: census)
    }

    func planner(_ purpose: CachePlanner.Purpose = .changes) throws -> CachePlanner {
        try CachePlanner(
            policy: CachePolicy(
                name: "go-build", path: "/var/cache/go-build", layout: layout, trust: .mutual, retention: retention),
            mode: mode, accounts: People.accounts, caller: .root, callerGroup: GroupID(0), purpose: purpose, only: only,
            waivers: waivers)
    }

    func selection(for purpose: CachePlanner.Purpose = .report) throws -> RetentionSelection {
        try planner().select(observation, builds: builds, compiled: compiled, for: purpose)
    }

    /// The keys of the pairs that go, in their order.
    func evictedKeys(for purpose: CachePlanner.Purpose = .report) throws -> [UInt64] {
        let inventory = inventory
        return try selection(for: purpose).evictions.map {
            inventory.key(of: inventory.pair(of: $0))
        }
    }

    func findings(trim: TrimObservation? = .trimmed(at: Int64(now))) throws -> [Finding] {
        let input = RetentionInput(
            builds: builds, compiled: compiled, trim: trim, selection: try selection(), named: nil)
        return try planner(.report).plan(observation, names: People.names, retention: input).findings
    }

    func finding(_ rule: RuleID, trim: TrimObservation? = .trimmed(at: Int64(now))) throws -> Finding? {
        try findings(trim: trim).first { $0.rule == rule }
    }
}
