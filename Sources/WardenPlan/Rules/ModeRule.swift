internal import WardenModel

/// `root-mode`, `entry-mode`: set-ID and sticky bits, and the rights of owner, group and others.
///
/// Where there is an extended ACL, or the policy wants one, the mode's group digit is the mask: then the rights of
/// groups are the ACL rule's business, and only the rest is compared here.
struct ModeRule: NodeRule {
    static let rootID = RuleID.rootMode
    static let entryID = RuleID.entryMode

    static func difference(_ node: NodeState, _ wanted: WantedNode, _ names: IdentityNames) -> Difference? {
        guard let mode = wanted.mode, !isGood(node, mode, wanted) else { return nil }
        return Difference(wanted: "mode \(mode)", found: "mode \(node.mode)")
    }

    private static func isGood(_ node: NodeState, _ mode: ModeBits, _ wanted: WantedNode) -> Bool {
        guard let list = wanted.accessList else { return node.mode == mode }
        return node.mode.special == mode.special
            && isGood(node.mode.owner, list.rights(of: .owner) ?? mode.owner, wanted.match)
            && isGood(node.mode.other, list.rights(of: .other) ?? mode.other, wanted.match)
    }

    private static func isGood(_ found: Rights, _ wanted: Rights, _ match: ACLMatch) -> Bool {
        match == .exact ? found == wanted : found.isSuperset(of: wanted)
    }
}
