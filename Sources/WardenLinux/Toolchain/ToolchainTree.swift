internal import SystemPackage
package import WardenModel

/// A directory in which a Go toolchain stands, or is to stand, held open.
package final class ToolchainTree {
    private static let go = RelativePath("bin/go")
    /// The directory's path, for errors.
    private let path: FilePath
    private let trust: Trust
    let root: PinnedRoot

    init(_ root: PinnedRoot, path: FilePath, trusting trust: Trust) {
        self.root = root
        self.path = path
        self.trust = trust
    }

    package var identity: InodeIdentity { root.identity }

    /// Returns the first `limit` bytes of a regular file that only trusted users can have written; `nil` where there is
    /// none.
    package func beginning(of name: RelativePath, _ limit: Int) throws(FileError) -> [UInt8]? {
        let task = self.task("read", name)
        guard try kind(of: name) == .file else { return nil }
        return try task.attempt { () throws(Errno) in try root.open(name, .file).beginning(limit) }
    }

    /// Returns what stands at a path in the tree; `nil` where nothing does. Throws where others than trusted users have a
    /// say in it, or in a directory above it.
    package func kind(of name: RelativePath) throws(FileError) -> NodeKind? {
        let (directory, _) = name.split
        if !directory.isRoot, try kind(of: directory) != .directory { return nil }
        let task = self.task("look at", name)
        let found = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try root.open(name, .path).status()
        }
        guard let found else { return nil }
        if let objection = trust.objection(to: found) { throw task.error(objection) }
        return found.kind
    }

    /// Writes a new file, mode 0644, into the tree's directory.
    package func write(_ bytes: [UInt8], to name: String) throws(FileError) {
        try task("write", RelativePath(name)).attempt { () throws(Errno) in
            let file = try root.descriptor.makeFile(Array(name.utf8))
            try file.write(bytes)
            try file.setMode(ModeBits(0o644))
        }
    }

    package func setMode(_ mode: ModeBits) throws(FileError) {
        let task = FileTask(operation: "set the mode of", path: path)
        try task.attempt { () throws(Errno) in try root.descriptor.setMode(mode) }
    }

    /// Opens the directory once more, for somebody who makes names in it.
    package func open() throws(FileError) -> OwnedDescriptor {
        try FileTask(operation: "open", path: path).attempt { () throws(Errno) in
            try root.descriptor.openChild(".", .directory)
        }
    }

    /// Waits until everything in the tree, and on its file system, is on the disk. Corresponds to `syncfs(2)`.
    package func synchronize() throws(FileError) {
        let directory = try open()
        try FileTask(operation: "sync", path: path).attempt { () throws(Errno) in try directory.synchronizeFileSystem()
        }
    }

    /// Returns the lease on the tree's `bin/go`; `nil` where somebody runs it or has it open. Throws where there is none.
    package func lease() throws(FileError) -> GoLease? {
        try task("lease", Self.go).attempt { () throws(Errno) in
            do throws(Errno) {
                return try GoLease(on: try root.open(Self.go, .file))
            } catch .resourceTemporarilyUnavailable {
                return nil
            }
        }
    }

    /// Whether anybody could run the tree's `go`.
    func hasGo() throws(FileError) -> Bool {
        try task("look at", Self.go).attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try root.open(Self.go, .path).status().kind == .file
        } ?? false
    }

    /// Removes everything in the directory, through descriptors alone.
    func clear() throws(FileError) {
        let directory = try open()
        var tree = ModuleTree(root: root, unusedSince: .max)
        try FileTask(operation: "empty", path: path).attempt { () throws(Errno) in try tree.clear(directory) }
    }

    private func task(_ operation: String, _ name: RelativePath) -> FileTask {
        FileTask(operation: operation, path: FilePath(kernelBytes: path.kernelBytes + [UInt8(ascii: "/")] + name.bytes))
    }
}
