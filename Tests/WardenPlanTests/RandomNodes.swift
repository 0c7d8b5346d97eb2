import SystemPackage
import WardenModel
import WardenPolicy
import WardenTestSupport

extension SeededGenerator {
    private mutating func rights() -> Rights { Rights(rawValue: UInt8.random(in: 0...7, using: &self)) }

    private mutating func isTrue(_ percent: Int) -> Bool { Int.random(in: 1...100, using: &self) <= percent }

    private mutating func one<Element>(of elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }

    private mutating func list() -> AccessList {
        var list = AccessList([
            .init(.owner, rights()), .init(.owningGroup, rights()), .init(.other, rights()), .init(.mask, rights()),
        ])
        for id: UInt32 in [1001, 1002] where isTrue(40) { list.set(.init(.user, id: id, rights())) }
        for id: UInt32 in [2000, 2001] where isTrue(50) { list.set(.init(.group, id: id, rights())) }
        return list
    }

    /// Returns an inode in any state that a kernel can hold.
    mutating func node() -> NodeState {
        let kind: NodeKind = isTrue(50) ? .file : .directory
        let special = kind == .directory ? one(of: [0, 0, 0o2000, 0o1000, 0o3000]) : UInt16(0)
        var node = NodeState(
            kind, special | UInt16.random(in: 0...0o777, using: &self),
            owner: one(of: [.root, People.alice, People.bob]),
            group: one(of: [GroupID(0), GroupID(1001), People.builders, People.operators]))
        if isTrue(60) {
            let access = list()
            node.accessList = access
            node.mode = access.mode(special: special)
        }
        if kind == .directory, isTrue(50) { node.defaultList = list() }
        return node
    }

    private mutating func mode(_ candidates: [UInt16]) -> ModeBits? {
        guard isTrue(75) else { return nil }
        return ModeBits(isTrue(50) ? one(of: candidates) : UInt16.random(in: 0...0o777, using: &self))
    }

    private mutating func rules() throws -> [ACLRule] {
        let texts = [
            "group:builders:rwX", "group:operators:r-X", "user:alice:rwx", "user:bob:---", "user:carol:r-X",
            "other::---", "other::r-X", "group::r-x", "mask::rwX", "user::rw-", "user::rwX",
        ]
        var chosen: [ACLRule] = []
        for text in texts where isTrue(30) { chosen.append(try ACLRule(parsing: text)) }
        return chosen
    }

    /// Returns a policy, also ones that a lint would warn of.
    mutating func policy() throws -> CachePolicy {
        var acl: ACLPolicy?
        if isTrue(65) {
            let defaultList: ACLPolicy.Default =
                switch Int.random(in: 0...2, using: &self) {
                case 0: .same
                case 1: .none
                default: .list(try rules())
                }
            acl = ACLPolicy(match: isTrue(50) ? .exact : .atLeast, entries: try rules(), defaultList: defaultList)
        }
        return CachePolicy(
            name: "go-build", path: "/var/cache/go-build", create: true, trust: isTrue(50) ? .mutual : nil,
            owner: isTrue(50) ? one(of: ["root", "alice"]) : nil, group: isTrue(70) ? "builders" : nil,
            mode: mode([0o2770, 0o2775, 0o755, 0o700]),
            entries: EntryPolicy(
                owner: isTrue(30) ? "alice" : nil, directories: mode([0o2770, 0o2755, 0o700]),
                files: mode([0o660, 0o644, 0o600, 0o440])), acl: acl)
    }
}
