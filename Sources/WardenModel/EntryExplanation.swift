package import SystemPackage

/// One name of a cache as `explain` looks at it.
package struct EntryObservation: Sendable {
    package let path: RelativePath
    package let role: EntryRole
    package let kind: NodeKind
    package let inode: UInt64
    package let owner: UserID
    package let group: GroupID
    package let mode: ModeBits
    package let links: Int
    /// In bytes; `allocated` is what it takes on disk.
    package let size: ByteCount
    package let allocated: ByteCount
    package let modified: Timestamp
    package let accessed: Timestamp

    package init(
        path: RelativePath, role: EntryRole, kind: NodeKind, inode: UInt64, owner: UserID, group: GroupID,
        mode: ModeBits, links: Int, size: ByteCount, allocated: ByteCount, modified: Timestamp, accessed: Timestamp
    ) {
        self.path = path
        self.role = role
        self.kind = kind
        self.inode = inode
        self.owner = owner
        self.group = group
        self.mode = mode
        self.links = links
        self.size = size
        self.allocated = allocated
        self.modified = modified
        self.accessed = accessed
    }

    /// What says when it was used last.
    package var lastUse: Timestamp { max(modified, accessed) }
}

/// The answer of `explain`: an entry, its pair, when it was last used and by which signal, what keeps it, and what would
/// remove it.
package struct EntryExplanation: Sendable {
    /// One sentence, and when it comes true where that is known.
    package struct Reason: Hashable, Sendable {
        package let text: String
        package let at: Timestamp?

        package init(_ text: String, at: Timestamp? = nil) {
            self.text = text
            self.at = at
        }
    }

    package let cache: String
    package let root: FilePath
    /// The policy that speaks of the cache; `nil` where none does.
    package let policy: String?
    package let entry: EntryObservation
    /// Everything that stands and falls with it, itself included, actions first; empty for what has no pair.
    package let pair: [EntryObservation]
    /// The member whose time is the latest: its path, and whether it was read or written then.
    package let signal: Reason?
    package let lastUse: Timestamp?
    package let keeps: [Reason]
    package let removes: [Reason]
    package let userNames: [UserID: String]
    package let groupNames: [GroupID: String]

    package init(
        cache: String, root: FilePath, policy: String?, entry: EntryObservation, pair: [EntryObservation],
        signal: Reason?, lastUse: Timestamp?, keeps: [Reason], removes: [Reason], userNames: [UserID: String],
        groupNames: [GroupID: String]
    ) {
        self.cache = cache
        self.root = root
        self.policy = policy
        self.entry = entry
        self.pair = pair
        self.signal = signal
        self.lastUse = lastUse
        self.keeps = keeps
        self.removes = removes
        self.userNames = userNames
        self.groupNames = groupNames
    }
}
