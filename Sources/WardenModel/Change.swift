package import SystemPackage

/// One step of a repair on one inode, in the order a change lists them.
package enum ChangeStep: Hashable, Sendable, Codable {
    /// Makes the cache root, one name in its pinned parent. Corresponds to `mkdirat(2)`.
    case createDirectory
    /// Takes rights away before ownership moves, so that nobody holds more in between than before or after.
    case narrowMode(ModeBits)
    /// Moves owner, group or both; `nil` keeps. Corresponds to `fchownat(2)` with `AT_EMPTY_PATH`.
    case setOwnership(owner: UserID?, group: GroupID?)
    /// Corresponds to `fchmodat2(2)`, or `chmod(2)` on `/proc/self/fd`.
    case setMode(ModeBits)
    /// Corresponds to `acl_set_file(3)` with `ACL_TYPE_ACCESS`.
    case setAccessList(AccessList)
    /// Corresponds to `acl_set_file(3)` with `ACL_TYPE_DEFAULT`.
    case setDefaultList(AccessList)
    /// Corresponds to `acl_delete_def_file(3)`.
    case removeDefaultList
}

/// One repair, the same for every subject: they all have the state `before`.
package struct Change: Sendable {
    /// Which findings it closes, sorted by name.
    package let rules: [RuleID]
    package let role: EntryRole?
    /// The state each subject must still have when the change comes; `nil` for a root that is to be made.
    package let before: NodeState?
    package let steps: [ChangeStep]
    /// The state each subject must have afterwards, read back from the inode.
    package let after: NodeState
    /// What is changed; the root itself is the one subject with an empty directory and an empty name.
    package let subjects: SubjectList

    package init(
        rules: [RuleID], role: EntryRole?, before: NodeState?, steps: [ChangeStep], after: NodeState,
        subjects: SubjectList
    ) {
        self.rules = rules
        self.role = role
        self.before = before
        self.steps = steps
        self.after = after
        self.subjects = subjects
    }
}
