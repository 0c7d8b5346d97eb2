internal import WardenModel

/// `root-acl`, `entry-acl`: somebody may do more, or less, than the policy's ACL says.
///
/// Compares effective rights: a file that Go made under the default ACL is as good as one that setfacl repaired
/// (go-cache.md, "Sharing it between users").
struct AccessListRule: NodeRule {
    static let rootID = RuleID.rootACL
    static let entryID = RuleID.entryACL

    static func difference(_ node: NodeState, _ wanted: WantedNode, _ names: IdentityNames) -> Difference? {
        guard let list = wanted.accessList else { return nil }
        var found = node.accessListInForce
        if wanted.mode != nil {
            // What the mode rule already says is not said twice.
            for tag in [AccessList.Tag.owner, .other] {
                found.set(AccessList.Entry(tag, list.rights(of: tag) ?? []))
            }
        }
        guard !found.satisfies(list, match: wanted.match) else { return nil }
        return Difference(
            wanted: "ACL \(names.text(list))",
            found: node.accessList.map { "ACL \(names.text($0))" } ?? "no ACL, mode \(node.mode)")
    }
}
