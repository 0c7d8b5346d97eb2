internal import SystemPackage
internal import WardenModel

/// `root-group`, `entry-group`: the inode belongs to another group.
struct GroupRule: NodeRule {
    static let rootID = RuleID.rootGroup
    static let entryID = RuleID.entryGroup

    static func difference(_ node: NodeState, _ wanted: WantedNode, _ names: IdentityNames) -> Difference? {
        guard let group = wanted.group, group != node.group else { return nil }
        return Difference(wanted: "group \(names.name(group))", found: "group \(names.name(node.group))")
    }
}
