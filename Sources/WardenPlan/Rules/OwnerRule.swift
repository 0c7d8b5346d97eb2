internal import SystemPackage
internal import WardenModel

/// `root-owner`, `entry-owner`: the inode belongs to somebody else.
struct OwnerRule: NodeRule {
    static let rootID = RuleID.rootOwner
    static let entryID = RuleID.entryOwner

    static func difference(_ node: NodeState, _ wanted: WantedNode, _ names: IdentityNames) -> Difference? {
        guard let owner = wanted.owner, owner != node.owner else { return nil }
        return Difference(wanted: "owner \(names.name(owner))", found: "owner \(names.name(node.owner))")
    }
}
