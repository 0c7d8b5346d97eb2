import SystemPackage
import Testing
import WardenModel

struct PlanDifferencesTests {
    private static func node(_ mode: UInt16, owner: UInt32 = 5001, acl: AccessList? = nil) -> NodeState {
        NodeState(
            kind: .file, owner: UserID(rawValue: owner), group: GroupID(rawValue: 100), mode: ModeBits(mode),
            accessList: acl)
    }

    private static func change(_ paths: [(String, UInt64)], before: NodeState = node(0o644)) -> Change {
        var chunks: [RelativePath: SubjectList.Chunk] = [:]
        for (path, inode) in paths.sorted(by: { $0 < $1 }) {
            let (directory, name) = RelativePath(path).split
            chunks[directory, default: SubjectList.Chunk(directory: directory)].append(name: name.span, inode: inode)
        }
        return Change(
            rules: [.entryMode], role: .action, before: before, steps: [.setMode(ModeBits(0o660))], after: node(0o660),
            subjects: SubjectList(Array(chunks.values)))
    }

    private static func plan(
        _ changes: [Change], host: String = "a", digest: String = "d", name: String = "c", path: FilePath = "/c",
        mode: CachePlan.Mode = .enforce, root: UInt64? = 7
    ) -> Plan {
        let cache = CachePlan(
            name: name, path: path, mode: mode, root: root.map { InodeIdentity(device: 1, inode: $0) }, findings: [],
            changes: changes)
        return Plan(host: host, madeAt: Timestamp(seconds: 0), policyDigest: digest, caches: [cache])
    }

    private static let changes = [
        change([("a0/x", 1), ("a0/y", 2), ("a1/x", 3)]), change([("a0/z", 4)], before: node(0o600)),
    ]

    @Test func findsNoneBetweenEqualPlans() {
        #expect(differences(saved: Self.plan(Self.changes), fresh: Self.plan(Self.changes), limit: 10) == [])
        #expect(differences(saved: Self.plan([]), fresh: Self.plan([]), limit: 10) == [])
        // The order of the changes follows from their states; the same repairs are the same plan.
        #expect(differences(saved: Self.plan(Self.changes), fresh: Self.plan(Self.changes.reversed()), limit: 10) == [])
    }

    @Test(arguments: [
        (plan(changes, host: "b\n"), "the plan is for host 'a', this is 'b\\n'"),
        (plan(changes, digest: "e"), "the policies have changed since the plan was made"),
        (plan(changes, path: "/d"), "cache 'c': its path was '/c', is now '/d'"),
        (plan(changes, mode: .audit), "cache 'c': its mode was enforce, is now audit"),
        (plan(changes, root: 8), "cache 'c': another directory is its root now (inode 7 before, 8 now)"),
        (plan(changes, root: nil), "cache 'c': its root is gone"),
    ])
    func namesWhatThePlanRestsOn(fresh: Plan, line: String) {
        #expect(differences(saved: Self.plan(Self.changes), fresh: fresh, limit: 10) == [line])
    }

    @Test func namesCachesThatCameOrWent() {
        #expect(
            differences(saved: Self.plan([]), fresh: Self.plan([], name: "e"), limit: 10) == [
                "cache 'c': no policy speaks of it any more", "cache 'e': the plan does not know it",
            ])
        #expect(
            differences(saved: Self.plan([], root: nil), fresh: Self.plan([]), limit: 10) == [
                "cache 'c': its root was missing and is there now"
            ])
    }

    @Test func namesEverySubjectThatMoved() {
        let list = AccessList(mode: ModeBits(0o644))
        let fresh = [
            Self.change([("a0/w", 9), ("a0/y", 22), ("a2/x", 5)]), Self.change([("a1/x", 3)], before: Self.node(0o640)),
            Self.change([("a0/z", 4)], before: Self.node(0o600, acl: list)),
        ]
        #expect(
            differences(saved: Self.plan(Self.changes), fresh: Self.plan(fresh), limit: 10) == [
                "cache 'c': 'a0/w' needs a repair now and did not before",
                "cache 'c': 'a0/x' is gone, or needs no repair any more",
                "cache 'c': 'a0/y' is another inode now (2 before, 22 now)",
                "cache 'c': 'a0/z' was 5001:100 0600, is now 5001:100 0600 with an ACL",
                "cache 'c': 'a1/x' was 5001:100 0644, is now 5001:100 0640",
                "cache 'c': 'a2/x' needs a repair now and did not before",
            ])
    }

    @Test func namesTheRootAndOtherRepairs() {
        let root = Self.change([("", 7)])
        let other = Change(
            rules: root.rules, role: root.role, before: root.before, steps: [.setMode(ModeBits(0o600))],
            after: Self.node(0o600), subjects: root.subjects)
        #expect(
            differences(saved: Self.plan([root]), fresh: Self.plan([other]), limit: 10) == [
                "cache 'c': the root needs another repair now"
            ])
        let entry = AccessList([.init(.owner, .all), .init(.user, id: 1, .all)])
        let another = AccessList([.init(.owner, .all), .init(.user, id: 2, .all)])
        let saved = Self.change([("a0/\u{1b}", 1)], before: Self.node(0o644, acl: entry))
        let fresh = Self.change([("a0/\u{1b}", 1)], before: Self.node(0o644, acl: another))
        #expect(
            differences(saved: Self.plan([saved]), fresh: Self.plan([fresh]), limit: 10) == [
                "cache 'c': 'a0/\\x1b' has other ACL entries now"
            ])
    }

    @Test func countsWhatIsBeyondTheLimit() {
        let many = Self.change((0..<1_000).map { ("a0/\($0)", UInt64($0)) })
        let lines = differences(saved: Self.plan([many]), fresh: Self.plan([]), limit: 3)
        #expect(lines.count == 4)
        #expect(lines.last == "and 997 more")
    }
}
