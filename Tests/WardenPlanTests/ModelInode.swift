import SystemPackage
import WardenModel

/// What chmod(2), chown(2) and setfacl(1) do to an inode, as root and without an inode.
struct ModelInode {
    private(set) var state: NodeState

    init(_ state: NodeState) { self.state = state }

    mutating func apply(_ step: ChangeStep) {
        switch step {
        case .createDirectory: break
        case .narrowMode(let mode), .setMode(let mode): changeMode(mode)
        case .setOwnership(let owner, let group):
            state.owner = owner ?? state.owner
            state.group = group ?? state.group
            // Linux leaves the bits of directories alone.
            if state.kind != .directory { state.mode = ModeBits(state.mode.rawValue & 0o1777) }
        case .setAccessList(let list):
            state.accessList = list.isExtended ? list : nil
            state.mode = list.mode(special: state.mode.special)
        case .setDefaultList(let list): state.defaultList = list
        case .removeDefaultList: state.defaultList = nil
        }
    }

    /// The group digit goes to the mask where there is one (`acl(5)`).
    private mutating func changeMode(_ mode: ModeBits) {
        state.mode = mode
        guard var list = state.accessList else { return }
        list.set(.init(.owner, mode.owner))
        list.set(.init(list.rights(of: .mask) == nil ? .owningGroup : .mask, mode.group))
        list.set(.init(.other, mode.other))
        state.accessList = list
    }
}

/// Somebody who is not root.
struct Visitor: Hashable, CustomStringConvertible {
    let user: UserID
    let groups: Set<GroupID>

    var description: String { "user \(user.rawValue) in \(groups.map(\.rawValue).sorted())" }

    /// Returns every combination of rights that the visitor may ask for at once and is given (`acl(5)`, "Access
    /// check algorithm").
    func granted(by node: NodeState) -> Set<UInt8> {
        let list = node.accessListInForce
        if user == node.owner { return combinations(of: [list.rights(of: .owner) ?? []]) }
        if let named = list.effectiveRights(of: .user, id: user.rawValue) { return combinations(of: [named]) }
        var matching: [Rights] = []
        for entry in list.entries {
            let isTheirs =
                switch entry.tag {
                case .owningGroup: groups.contains(node.group)
                case .group: groups.contains(GroupID(entry.id))
                case .owner, .user, .mask, .other: false
                }
            if isTheirs { matching.append(list.effectiveRights(of: entry)) }
        }
        return combinations(of: matching.isEmpty ? [list.rights(of: .other) ?? []] : matching)
    }

    private func combinations(of rights: [Rights]) -> Set<UInt8> {
        Set((1...7).filter { asked in rights.contains { $0.isSuperset(of: Rights(rawValue: asked)) } })
    }

    /// Everybody who may be told apart by the ids that the tests use.
    static let all: [Visitor] = {
        let groups = [People.builders, People.operators, GroupID(1001)]
        let sets = (0..<8).map { bits in Set(groups.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element)) }
        return [People.alice, People.bob, People.carol, UserID(1099)].flatMap { user in
            sets.map { Visitor(user: user, groups: $0) }
        }
    }()
}
