package import SystemPackage
internal import WardenLinux
package import WardenModel

/// What `lstat(2)` says of an inode; equal values mean that nothing about it has moved but its last access.
package struct FileStatus: Hashable, Sendable {
    package let kind: NodeKind
    package let mode: ModeBits
    package let owner: UserID
    package let group: GroupID
    package let links: Int
    package let size: ByteCount
    /// What it takes on disk.
    package let allocated: ByteCount
    package let identity: InodeIdentity
    package let modified: Timestamp
    /// Moves with every change of content, mode, ownership, ACL and links, and nobody can set it.
    package let changed: Timestamp

    /// Looks at what stands at a path, without following a final symbolic link.
    package init(of path: FilePath) throws {
        let status = try FixtureCalls.status(of: path)
        kind = status.kind
        mode = status.mode
        owner = status.owner
        group = status.group
        links = status.links
        size = status.size
        allocated = status.allocated
        identity = status.identity
        modified = status.modified
        changed = status.changed
    }

    /// Returns when an inode was last read. It is no part of the status: looking may move it.
    package static func accessTime(of path: FilePath) throws -> Timestamp {
        try FixtureCalls.status(of: path).accessed
    }
}

/// A tree at one moment, change times included: two equal pictures mean that nobody wrote in between.
package struct TreeSnapshot: Hashable, Sendable {
    /// By path below the root; the root itself is the empty path.
    package private(set) var nodes: [RelativePath: FileStatus] = [:]

    /// Walks the tree down to `depth` names; deeper chains are hostile and too long for a path.
    package init(of root: FilePath, depth: Int = 12) throws {
        nodes[.root] = try FileStatus(of: root)
        try add(root, below: .root, depth: depth)
    }

    private mutating func add(_ directory: FilePath, below path: RelativePath, depth: Int) throws {
        guard depth > 0 else { return }
        for name in try FixtureCalls.names(in: directory) {
            let child = RelativePath(bytes: path.isRoot ? name : path.bytes + [UInt8(ascii: "/")] + name)
            let childPath = directory.pushing(FilePath(nameBytes: name))
            let status = try FileStatus(of: childPath)
            nodes[child] = status
            if status.kind == .directory { try add(childPath, below: child, depth: depth - 1) }
        }
    }

    /// Returns the paths that came, went or differ since `earlier`, sorted.
    package func differences(from earlier: TreeSnapshot) -> [RelativePath] {
        let paths = Set(nodes.keys).union(earlier.nodes.keys)
        return paths.filter { nodes[$0] != earlier.nodes[$0] }.sorted()
    }

    /// The paths of everything below the root, sorted.
    package var paths: [RelativePath] { nodes.keys.filter { !$0.isRoot }.sorted() }
}
