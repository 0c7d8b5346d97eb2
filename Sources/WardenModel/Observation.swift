package import SystemPackage

/// An immutable picture of one cache root and everything below it, at one moment.
package struct CacheObservation: Sendable {
    /// The cache's name in its policy.
    package let name: String
    package let path: FilePath
    package let layout: CacheLayout
    package let observedAt: Timestamp
    package let root: RootObservation
    /// Every directory above the root, `/` first; shorter where one could not be reached.
    package let ancestors: [AncestorObservation]
    /// `nil` where there is no root to walk.
    package var census: Census?

    package init(
        name: String, path: FilePath, layout: CacheLayout, observedAt: Timestamp, root: RootObservation,
        ancestors: [AncestorObservation], census: Census?
    ) {
        self.name = name
        self.path = path
        self.layout = layout
        self.observedAt = observedAt
        self.root = root
        self.ancestors = ancestors
        self.census = census
    }
}

/// What stands at a cache root's path.
package enum RootObservation: Sendable {
    /// Nothing; `parent` says whether the directory above is there.
    case missing(parentExists: Bool)
    /// Something that cannot be a cache root: a file, a symbolic link (never followed).
    case notDirectory(NodeKind)
    /// The path could not be walked to its end; `at` is where it stopped.
    case unreachable(at: FilePath, Errno)
    case present(PresentRoot)
}

/// A cache root that is there.
package struct PresentRoot: Sendable {
    package let identity: InodeIdentity
    package let node: NodeState
    package let fileSystem: FileSystemObservation
    /// `nil` where nobody asked.
    package let listing: Listing?

    /// What `ls -ld` shows beside owner, group and mode.
    package struct Listing: Hashable, Sendable, Codable {
        package let links: Int
        package let size: ByteCount
        package let modified: Timestamp

        package init(links: Int, size: ByteCount, modified: Timestamp) {
            self.links = links
            self.size = size
            self.modified = modified
        }
    }

    package init(
        identity: InodeIdentity, node: NodeState, fileSystem: FileSystemObservation, listing: Listing? = nil
    ) {
        self.identity = identity
        self.node = node
        self.fileSystem = fileSystem
        self.listing = listing
    }
}

/// One directory on the way to a cache root.
package struct AncestorObservation: Sendable {
    package let path: FilePath
    package let node: NodeState

    package init(path: FilePath, node: NodeState) {
        self.path = path
        self.node = node
    }

    package var owner: UserID { node.owner }
    package var group: GroupID { node.group }
    package var mode: ModeBits { node.mode }

    /// Rights that an extended ACL gives beyond the mode: a named user or group that may write.
    package var namedWriters: [AccessList.Entry] {
        let list = node.accessList
        return (list?.entries ?? []).filter { entry in
            (entry.tag == .user || entry.tag == .group) && list?.effectiveRights(of: entry).contains(.write) == true
        }
    }
}

/// What a mount keeps everybody from doing. Corresponds to `mount(8)`.
package enum MountRestriction: String, Hashable, Sendable, Codable {
    case noSetID = "nosuid"
    case noDevices = "nodev"
    case noExecution = "noexec"
}

/// The file system a cache root stands on. Corresponds to `statfs(2)` and the mount's line in `/proc/self/mountinfo`.
package struct FileSystemObservation: Sendable, Codable {
    /// How reads move a file's atime, which decides what "last use" is worth (go-cache.md, "Age").
    package enum AccessTimes: String, Sendable, Codable {
        case relatime, strictatime, noatime, unknown
    }

    /// The type's name: `ext4`, `tmpfs`, `nfs4`.
    package let type: String
    package let isReadOnly: Bool
    package let supportsACLs: Bool
    package let accessTimes: AccessTimes
    /// Times are held in memory and written late (`lazytime`).
    package let hasLazyTimes: Bool
    /// `nosuid`, `nodev` and `noexec`, as far as the mount has them.
    package let restrictions: Set<MountRestriction>
    /// Whether the cache root is the root of a mount: a file system of its own.
    package let isOwnMount: Bool
    package let size: ByteCount
    /// What is free for everyone, without the blocks reserved for root.
    package let available: ByteCount
    package let inodes: UInt64
    package let freeInodes: UInt64

    package init(
        type: String, isReadOnly: Bool, supportsACLs: Bool, accessTimes: AccessTimes, hasLazyTimes: Bool,
        restrictions: Set<MountRestriction> = [], isOwnMount: Bool = false, size: ByteCount, available: ByteCount,
        inodes: UInt64, freeInodes: UInt64
    ) {
        self.type = type
        self.isReadOnly = isReadOnly
        self.supportsACLs = supportsACLs
        self.accessTimes = accessTimes
        self.hasLazyTimes = hasLazyTimes
        self.restrictions = restrictions
        self.isOwnMount = isOwnMount
        self.size = size
        self.available = available
        self.inodes = inodes
        self.freeInodes = freeInodes
    }
}
