package import SystemPackage
internal import WardenLinux
package import WardenModel

/// A directory of its own for one test, removed with all that is in it when the value goes.
///
/// It stands under `$TMPDIR`, else under `/tmp`, and is 0700 unless the test wants another mode. Every method takes
/// paths below the directory; they may hold any bytes (`FilePath(nameBytes:)`).
package struct TemporaryDirectory: ~Copyable, Sendable {
    package let path: FilePath

    /// Makes the directory under `parent` with exactly this mode, whatever the umask.
    package init(mode: ModeBits = ModeBits(0o700), in parent: FilePath? = nil) throws {
        let parent = parent ?? FilePath(FixtureCalls.environment("TMPDIR") ?? "/tmp")
        // Always as long as any other: nothing that prints the path looks different from test to test.
        path = parent.appending("cachewarden-test-" + hexadecimal((0..<6).map { _ in UInt8.random(in: 0...255) }))
        try FixtureCalls.makeDirectory(path, mode: mode)
    }

    deinit {
        // A directory that cannot be removed costs disk space; the test's verdict stands without it.
        try? FixtureCalls.removeTree(path)
    }

    /// Returns the absolute path of a name below the directory.
    package func path(_ name: FilePath) -> FilePath { path.pushing(name) }

    /// Makes one directory; the one above must be there.
    @discardableResult
    package borrowing func makeDirectory(_ name: FilePath, mode: ModeBits = ModeBits(0o755)) throws -> FilePath {
        try FixtureCalls.makeDirectory(path(name), mode: mode)
        return path(name)
    }

    /// Writes a new file, or replaces the content and the mode of one that is there.
    @discardableResult
    package borrowing func write(
        _ name: FilePath, _ content: some Sequence<UInt8>, mode: ModeBits = ModeBits(0o644)
    ) throws -> FilePath {
        let file = try FileDescriptor.open(
            path(name), .writeOnly, options: [.create, .truncate, .noFollow, .closeOnExec], permissions: .ownerReadWrite
        )
        try file.closeAfter { _ = try file.writeAll(content) }
        try FixtureCalls.setMode(of: path(name), to: mode)
        return path(name)
    }

    @discardableResult
    package borrowing func write(
        _ name: FilePath, _ content: String, mode: ModeBits = ModeBits(0o644)
    ) throws -> FilePath {
        try write(name, content.utf8, mode: mode)
    }

    /// Makes a file of `size` bytes that takes no blocks.
    @discardableResult
    package borrowing func makeSparseFile(
        _ name: FilePath, size: ByteCount, mode: ModeBits = ModeBits(0o644)
    ) throws -> FilePath {
        try write(name, [], mode: mode)
        try FixtureCalls.setSize(of: path(name), to: size)
        return path(name)
    }

    /// Makes a symbolic link with this text; nothing needs to stand there.
    @discardableResult
    package borrowing func makeSymbolicLink(_ name: FilePath, to target: FilePath) throws -> FilePath {
        try FixtureCalls.makeSymbolicLink(path(name), to: target)
        return path(name)
    }

    /// Makes a second name for a file, which may stand outside the directory when its path is absolute.
    @discardableResult
    package borrowing func makeHardLink(_ name: FilePath, to existing: FilePath) throws -> FilePath {
        try FixtureCalls.makeHardLink(path(name), to: path(existing))
        return path(name)
    }

    /// Makes directories named `d` inside each other, `depth` of them below the first, which is `name`.
    ///
    /// The chain grows at its top, so it may be deeper than any path can say.
    @discardableResult
    package borrowing func makeDeepChain(_ name: FilePath, depth: Int) throws -> FilePath {
        try makeDirectory(name)
        let (chain, above) = (path(name), path(name.removingLastComponent().appending(".growing")))
        let inner = above.appending("d")
        for _ in 0..<depth {
            try FixtureCalls.makeDirectory(above, mode: ModeBits(0o755))
            try FixtureCalls.rename(chain, to: inner)
            try FixtureCalls.rename(above, to: chain)
        }
        return path(name)
    }

    @discardableResult
    package borrowing func makeFIFO(_ name: FilePath, mode: ModeBits = ModeBits(0o644)) throws -> FilePath {
        try FixtureCalls.makeSpecialFile(path(name), .fifo, mode: mode)
        return path(name)
    }

    /// Makes a socket's name; nobody listens there.
    @discardableResult
    package borrowing func makeSocket(_ name: FilePath, mode: ModeBits = ModeBits(0o644)) throws -> FilePath {
        try FixtureCalls.makeSpecialFile(path(name), .socket, mode: mode)
        return path(name)
    }

    /// Makes a second null device, which takes root.
    @discardableResult
    package borrowing func makeNullDevice(_ name: FilePath, mode: ModeBits = ModeBits(0o644)) throws -> FilePath {
        try FixtureCalls.makeSpecialFile(path(name), .nullDevice, mode: mode)
        return path(name)
    }

    package borrowing func rename(_ name: FilePath, to newName: FilePath) throws {
        try FixtureCalls.rename(path(name), to: path(newName))
    }

    /// Removes one name that is no directory.
    package borrowing func remove(_ name: FilePath) throws { try FixtureCalls.removeFile(path(name)) }

    /// Removes a directory below this one and all in it.
    package borrowing func removeTree(_ name: FilePath) throws { try FixtureCalls.removeTree(path(name)) }

    package borrowing func setMode(_ name: FilePath, _ mode: ModeBits) throws {
        try FixtureCalls.setMode(of: path(name), to: mode)
    }

    /// Gives an inode to somebody, which takes root; `nil` keeps.
    package borrowing func setOwnership(_ name: FilePath, owner: UserID? = nil, group: GroupID? = nil) throws {
        try FixtureCalls.setOwnership(of: path(name), owner: owner, group: group)
    }

    /// Sets an inode's times; `nil` keeps.
    package borrowing func setTimes(_ name: FilePath, accessed: Timestamp? = nil, modified: Timestamp? = nil) throws {
        try FixtureCalls.setTimes(of: path(name), accessed: accessed, modified: modified)
    }

    /// Returns what `lstat(2)` says of a name; the directory itself without one.
    package borrowing func status(_ name: FilePath = "") throws -> FileStatus {
        try FileStatus(of: path(name))
    }

    /// Whether anything stands at a name, a dangling symbolic link included.
    package borrowing func exists(_ name: FilePath) throws -> Bool {
        do {
            _ = try status(name)
            return true
        } catch Errno.noSuchFileOrDirectory {
            return false
        }
    }

    /// Returns a file's whole content.
    package borrowing func read(_ name: FilePath) throws -> [UInt8] { try FixtureCalls.read(path(name)) }
}
