package import SystemPackage

/// What an inode is. Corresponds to `st_mode & S_IFMT`.
package enum NodeKind: String, Hashable, Sendable, Codable, CaseIterable {
    case file, directory
    case symbolicLink = "symbolic-link"
    case fifo, socket
    case characterDevice = "character-device"
    case blockDevice = "block-device"
    case unknown
}

/// Who may do what with one inode: everything that a repair may change, and nothing else.
///
/// Two inodes of equal state need the same repair; that is what lets a plan speak of 100,000 entries in one line.
package struct NodeState: Hashable, Sendable, Codable {
    package var kind: NodeKind
    package var owner: UserID
    package var group: GroupID
    package var mode: ModeBits
    /// The access ACL where there is an extended one; `nil` means that the mode alone decides.
    package var accessList: AccessList?
    /// A directory's default ACL; `nil` where there is none.
    package var defaultList: AccessList?

    package init(
        kind: NodeKind, owner: UserID, group: GroupID, mode: ModeBits, accessList: AccessList? = nil,
        defaultList: AccessList? = nil
    ) {
        self.kind = kind
        self.owner = owner
        self.group = group
        self.mode = mode
        self.accessList = accessList
        self.defaultList = defaultList
    }
}
