internal import WardenModel

/// `root-default-acl`, `entry-default-acl`: what is made in this directory next will not be shared as it should.
struct DefaultListRule: NodeRule {
    static let rootID = RuleID.rootDefaultACL
    static let entryID = RuleID.entryDefaultACL

    static func difference(_ node: NodeState, _ wanted: WantedNode, _ names: IdentityNames) -> Difference? {
        let found = node.defaultList.map { "default ACL \(names.text($0))" } ?? "no default ACL"
        switch wanted.defaultList {
        case .unmanaged:
            return nil
        case .none:
            return node.defaultList == nil ? nil : Difference(wanted: "no default ACL", found: found)
        case .list(let list):
            if let present = node.defaultList, present.satisfies(list, match: wanted.match) { return nil }
            return Difference(wanted: "default ACL \(names.text(list))", found: found)
        }
    }
}
