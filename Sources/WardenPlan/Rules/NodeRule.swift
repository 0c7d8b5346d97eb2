internal import SystemPackage
internal import WardenModel

/// One property of an inode that a policy may want otherwise.
///
/// Every rule has two ids, one for the cache root and one for what is below: they matter differently and are waived
/// separately.
protocol NodeRule: Sendable {
    static var rootID: RuleID { get }
    static var entryID: RuleID { get }
    /// Returns what is wanted and what is found, for people, where they differ.
    static func difference(_ node: NodeState, _ wanted: WantedNode, _ names: IdentityNames) -> Difference?
}

/// A place where an inode and the policy differ, in words.
struct Difference: Hashable, Sendable {
    let wanted: String
    let found: String
}

enum NodeRules {
    /// All of them, in the order of a report.
    static let all: [any NodeRule.Type] = [
        OwnerRule.self, GroupRule.self, ModeRule.self, AccessListRule.self, DefaultListRule.self,
    ]
}
