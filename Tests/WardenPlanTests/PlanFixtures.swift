import SystemPackage
import WardenModel
import WardenPlan
import WardenPolicy

/// The people of the tests, with the numbers that their names stand for.
enum People {
    static let alice = UserID(1001)
    static let bob = UserID(1002)
    static let carol = UserID(1003)
    static let builders = GroupID(2000)
    static let operators = GroupID(2001)

    static let accounts = AccountTable(
        users: ["root": .root, "alice": alice, "bob": bob, "carol": carol],
        groups: ["root": GroupID(0), "builders": builders, "operators": operators])
    static let names = IdentityNames(
        users: [.root: "root", alice: "alice", bob: "bob", carol: "carol"],
        groups: [GroupID(0): "root", builders: "builders", operators: "operators"])
}

/// A cache as an observer would describe it, every part of it open to a test.
struct CacheFixture {
    var policy: CachePolicy
    var mode = CachePlan.Mode.enforce
    var caller = UserID.root
    var only: Set<RuleID> = []
    var waivers = CacheWaivers.none
    var purpose = CachePlanner.Purpose.changes
    var root: RootObservation
    var ancestors = CacheFixture.ancestors()
    var groups: [EntryGroup]? = [shard(CacheFixture.goodDirectory), output(CacheFixture.goodFile)]
    var failures: [ObservationFailure] = []

    static let identity = InodeIdentity(device: 7, inode: 42)

    init(_ policy: CachePolicy, root: NodeState = CacheFixture.goodDirectory) {
        self.policy = policy
        self.root = Self.present(root)
    }

    static func present(_ node: NodeState, type: String = "ext4", supportsACLs: Bool = true) -> RootObservation {
        let fileSystem = FileSystemObservation(
            type: type, isReadOnly: false, supportsACLs: supportsACLs, accessTimes: .relatime, hasLazyTimes: false,
            size: ByteCount(1 << 40), available: ByteCount(1 << 39), inodes: 1_000_000, freeInodes: 900_000)
        return .present(PresentRoot(identity: identity, node: node, fileSystem: fileSystem))
    }

    /// The directories above `/var/cache/go-build`, the last of them as a test wants it.
    static func ancestors(
        owner: UserID = .root, group: GroupID = GroupID(0), mode: UInt16 = 0o755, writers: [AccessList.Entry] = []
    ) -> [AncestorObservation] {
        let above = ["/", "/var"].map { ancestor(FilePath($0)) }
        return above + [ancestor("/var/cache", owner: owner, group: group, mode: mode, writers: writers)]
    }

    static func ancestor(
        _ path: FilePath, owner: UserID = .root, group: GroupID = GroupID(0), mode: UInt16 = 0o755,
        writers: [AccessList.Entry] = []
    ) -> AncestorObservation {
        var list = AccessList(mode: ModeBits(mode))
        for writer in writers { list.set(writer) }
        return AncestorObservation(
            path: path,
            node: NodeState(
                kind: .directory, owner: owner, group: group, mode: ModeBits(mode),
                accessList: writers.isEmpty ? nil : list))
    }

    var observation: CacheObservation {
        var census = groups.map { Census(groups: $0) }
        census?.failures = failures
        census?.failureCount = failures.count
        return CacheObservation(
            name: policy.name, path: policy.path, layout: policy.layout, observedAt: Timestamp(seconds: 1_795_406_400),
            root: root, ancestors: ancestors, census: census)
    }

    func planner() throws -> CachePlanner {
        try CachePlanner(
            policy: policy, mode: mode, accounts: People.accounts, caller: caller,
            callerGroup: GroupID(caller.rawValue), purpose: purpose, only: only, waivers: waivers)
    }

    func plan() throws -> CachePlan { try planner().plan(observation, names: People.names) }

    /// The findings of one rule.
    func findings(_ rule: RuleID) throws -> [Finding] { try plan().findings.filter { $0.rule == rule } }
}

/// How `shared` leaves a directory.
extension CacheFixture {
    static let goodList = AccessList([
        .init(.owner, .all), .init(.owningGroup, .all), .init(.group, id: 2000, .all), .init(.mask, .all),
        .init(.other, []),
    ])
    static let goodDirectory = NodeState(
        kind: .directory, owner: .root, group: People.builders, mode: ModeBits(0o2770), accessList: goodList,
        defaultList: goodList)
    /// What Go makes under the default list: the mask keeps execute from everybody.
    static let goodFile = NodeState(
        kind: .file, owner: People.alice, group: People.builders, mode: ModeBits(0o660),
        accessList: AccessList([
            .init(.owner, [.read, .write]), .init(.owningGroup, .all), .init(.group, id: 2000, .all),
            .init(.mask, [.read, .write]), .init(.other, []),
        ]))

    static func shard(_ node: NodeState, _ paths: String...) -> EntryGroup {
        group(.shard, node, paths.isEmpty ? ["0f"] : paths)
    }

    static func output(_ node: NodeState, _ paths: String...) -> EntryGroup {
        group(.output, node, paths.isEmpty ? ["0f/0f01-d"] : paths)
    }

    static func group(
        _ role: EntryRole, _ node: NodeState, _ paths: [String], refusal: Refusal? = nil, part: RelativePath? = nil
    ) -> EntryGroup {
        var chunks: [RelativePath: SubjectList.Chunk] = [:]
        for (index, path) in paths.sorted().enumerated() {
            let (directory, name) = RelativePath(path).split
            chunks[directory, default: SubjectList.Chunk(directory: directory)]
                .append(name: name.span, inode: UInt64(100 + index))
        }
        return EntryGroup(
            role: role, node: node, refusal: refusal, part: part, count: paths.count,
            allocated: ByteCount(4096 * UInt64(paths.count)), subjects: SubjectList(Array(chunks.values)))
    }
}

/// Policies of the tests.
extension CachePolicy {
    static func shared(
        path: FilePath = "/var/cache/go-build", create: Bool = true, match: ACLMatch = .exact,
        rules: [String] = ["group:builders:rwX", "other::---"], defaultList: ACLPolicy.Default = .same,
        files: UInt16 = 0o660, trust: Trust? = .mutual
    ) throws -> CachePolicy {
        CachePolicy(
            name: "go-build", path: path, create: create, trust: trust, owner: "root", group: "builders",
            mode: ModeBits(0o2770), entries: EntryPolicy(directories: ModeBits(0o2770), files: ModeBits(files)),
            acl: ACLPolicy(match: match, entries: try rules.map { try ACLRule(parsing: $0) }, defaultList: defaultList))
    }

    /// One that wants nothing but safety.
    static func bare(path: FilePath = "/var/cache/go-build", create: Bool = false) -> CachePolicy {
        CachePolicy(name: "go-build", path: path, create: create)
    }
}

extension NodeState {
    init(
        _ kind: NodeKind, _ mode: UInt16, owner: UserID = People.alice, group: GroupID = People.builders,
        acl: AccessList? = nil, defaultList: AccessList? = nil
    ) {
        self.init(
            kind: kind, owner: owner, group: group, mode: ModeBits(mode), accessList: acl, defaultList: defaultList)
    }
}
