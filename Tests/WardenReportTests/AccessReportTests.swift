import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("What access says") struct AccessReportTests {
    private static let builders = GroupID(5_000)

    private static func node(
        _ kind: NodeKind, _ mode: UInt16, mask: Rights? = nil, owner: UserID = .root
    ) -> NodeState {
        var list = AccessList(mode: ModeBits(mode))
        list.set(.init(.owningGroup, []))
        list.set(.init(.group, id: builders.rawValue, .all))
        list.set(.init(.user, id: 5_002, .all))
        if let mask { list.set(.init(.mask, mask)) }
        return NodeState(
            kind: kind, owner: owner, group: GroupID(0),
            mode: mask == nil ? ModeBits(mode) : list.mode(special: mode & 0o7000),
            accessList: mask == nil ? nil : list)
    }

    private static func matrix(_ node: NodeState, _ path: FilePath, ancestors: [AncestorObservation]) -> AccessMatrix {
        AccessMatrix(
            path: AccessPath(path: path, node: node, barriers: [], ancestors: ancestors, parentBarriers: []),
            subjects: [
                .user(.root, name: "root", groups: [GroupID(0)]),
                .user(UserID(5_001), name: "alice", groups: [GroupID(5_001), builders]),
                .user(UserID(5_003), name: "eve\u{1b}[2J", groups: [GroupID(5_003)]),
                .member(of: builders, name: "builders"), .others,
            ],
            names: IdentityNames(
                users: [.root: "root", UserID(5_001): "alice", UserID(5_002): "bob"],
                groups: [GroupID(0): "root", builders: "builders"]))
    }

    private static let above = [
        AncestorObservation(path: "/", node: node(.directory, 0o755)),
        AncestorObservation(path: "/srv", node: node(.directory, 0o755)),
    ]

    @Test func namesTheMaskThatCuts() throws {
        let node = Self.node(.directory, 0o2770, mask: [.read, .execute])
        let report = AccessReport(Self.matrix(node, "/srv/go-build", ancestors: Self.above))
        try expectSnapshot(report.render(), "access-mask")
        try expectSnapshot(String(decoding: try report.renderJSON(), as: UTF8.self), "access-mask-json")
    }

    @Test func namesTheDirectoryAboveThatDecides() throws {
        let closed = [AncestorObservation(path: "/", node: Self.node(.directory, 0o755))]
        let place = AncestorObservation(
            path: "/srv", node: Self.node(.directory, 0o1770, mask: [.read, .write, .execute]))
        let file = AccessReport(
            Self.matrix(Self.node(.file, 0o664, owner: UserID(5_001)), "/srv/it's", ancestors: closed + [place]))
        try expectSnapshot(file.render(), "access-file")
        let sticky = AccessReport(Self.matrix(Self.node(.directory, 0o1777), "/tmp", ancestors: closed))
        try expectSnapshot(sticky.render(), "access-sticky")
    }
}
