internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// The directory in which a toolchain has its name, and the two names beside it that an exchange takes.
///
/// Only trusted users can add a name to it, and all of its way from `/`, so nothing that is looked at here is somebody
/// else's by the time it is acted upon. Everything is done relative to the open directory.
package final class ToolchainPlace {
    /// A name in the directory.
    package enum Name: Sendable {
        /// The toolchain's own: where builds find it.
        case standing
        /// `.NAME.cachewarden-new`: what is being unpacked, and for a moment what was replaced.
        case staged
        /// `.NAME.cachewarden-old`: what was replaced and may still be run.
        case retired
    }

    // Of `renameat2(2)`.
    private static let noReplace: CUnsignedInt = 1
    private static let swap: CUnsignedInt = 2

    private let directory: TrustedDirectory
    private let last: [UInt8]
    private let trust: Trust

    /// Opens the directory that holds a toolchain's name. Throws `FileError`; what is missing is not made.
    ///
    /// - Parameter top: What stands for `/`.
    package init(of path: FilePath, below top: FilePath, trusting trust: Trust = .rootAndCaller) throws(FileError) {
        let located = path.located(below: top)
        let task = FileTask(operation: "look at", path: located)
        directory = try TrustedDirectory.openParent(of: located, .refused, trusting: trust, for: task)
        try directory.refuseSticky(trust, for: task)
        last = lastName(located)
        self.trust = trust
    }

    /// The path of a name, without symbolic links above it.
    package func path(_ name: Name) -> FilePath {
        directory.path.pushing(FilePath(kernelBytes: bytes(name)))
    }

    private func bytes(_ name: Name) -> [UInt8] {
        switch name {
        case .standing: last
        case .staged: [UInt8(ascii: ".")] + last + Array(".cachewarden-new".utf8)
        case .retired: [UInt8(ascii: ".")] + last + Array(".cachewarden-old".utf8)
        }
    }

    // MARK: - Looking

    /// Returns what stands at a name, a link included; `nil` where nothing does.
    package func kind(of name: Name) throws(FileError) -> NodeKind? { try status(name, "look at")?.kind }

    private func status(_ name: Name, _ operation: String) throws(FileError) -> NodeStatus? {
        try task(operation, name).attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try directory.descriptor.openChild(bytes(name), .path).status()
        }
    }

    /// Opens the directory at a name. Throws where there is none, or where others than trusted users have a say in it.
    package func tree(_ name: Name) throws(FileError) -> ToolchainTree {
        let task = task("open", name)
        let found = try task.attempt { () throws(Errno) in try directory.descriptor.openChild(bytes(name), .path) }
        let status = try task.attempt { () throws(Errno) in try found.status() }
        guard status.kind == .directory else {
            throw task.error(status.kind == .symbolicLink ? .symbolicLink : .notDirectory(status.kind))
        }
        if let objection = trust.objection(to: status) { throw task.error(objection) }
        let root = try task.attempt { () throws(Errno) in try PinnedRoot(try found.openChild(".", .directory)) }
        return ToolchainTree(root, path: path(name), trusting: trust)
    }

    // MARK: - Changing

    /// Makes the directory for what is unpacked, for its maker alone.
    package func makeStaged() throws(FileError) -> ToolchainTree {
        let parent = directory.descriptor.number
        let name = bytes(.staged)
        try task("make", .staged).attempt { () throws(Errno) in
            _ = try unsafe withCString(name) { name throws(Errno) in
                try retrying { unsafe clinux_mkdirat(parent, name, 0o700) }
            }
        }
        return try tree(.staged)
    }

    /// Removes the tree at a name where nobody can be running its `go`; returns whether it is gone.
    ///
    /// A killed run may have left the tree that it replaced at either name, so both are asked for a lease. A tree without
    /// a `go` is one that was not unpacked to its end.
    package func remove(_ name: Name) throws(FileError) -> Bool {
        guard try status(name, "remove") != nil else { return true }
        let tree = try tree(name)
        if try tree.hasGo() {
            guard let lease = try tree.lease(), !lease.isAsked else { return false }
            try clear(tree, name)
            // Only now: whoever came meanwhile waited, and finds nothing.
            _ = consume lease
        } else {
            try clear(tree, name)
        }
        return true
    }

    /// Removes a tree that was never put in place; does nothing where it does not stand at the name of such a tree.
    package func removeUnused(_ tree: ToolchainTree) throws(FileError) {
        guard try status(.staged, "remove")?.identity == tree.identity else { return }
        try clear(tree, .staged)
    }

    private func clear(_ tree: ToolchainTree, _ name: Name) throws(FileError) {
        try tree.clear()
        try task("remove", name).attempt { () throws(Errno) in
            try directory.descriptor.removeName(bytes(name), AT_REMOVEDIR)
        }
    }

    /// Gives what was unpacked the toolchain's name, which nothing else has. Throws `.fileExists` where something has.
    package func place() throws(FileError) { try rename(.staged, to: .standing, Self.noReplace) }

    /// What became of an exchange; where nothing was exchanged, nothing has changed.
    package enum Exchange: Sendable {
        case done
        /// Somebody waits to run the toolchain that stands there.
        case asked
        /// Another directory stands there than was observed.
        case replaced
    }

    /// Exchanges what was unpacked for what stands there, and puts that aside. Corresponds to `renameat2(2)` with
    /// `RENAME_EXCHANGE`: at no moment is there no toolchain.
    ///
    /// - Parameters:
    ///   - standing: What is replaced.
    ///   - lease: On its `go`. Held until both names are changed, so that who waits finds a whole tree where it will stay.
    package func exchange(
        _ standing: InodeIdentity, holding lease: borrowing GoLease
    ) throws(FileError) -> Exchange {
        guard try status(.standing, "replace")?.identity == standing else { return .replaced }
        guard !lease.isAsked else { return .asked }
        try rename(.staged, to: .standing, Self.swap)
        // From here on the new toolchain stands; what cannot be put aside is found by the next run under its other name.
        try? rename(.staged, to: .retired, Self.noReplace)
        return .done
    }

    private func rename(_ name: Name, to newName: Name, _ flags: CUnsignedInt) throws(FileError) {
        try task("rename", name).attempt { () throws(Errno) in
            try directory.descriptor.rename(bytes(name), to: bytes(newName), flags)
        }
    }

    /// Makes changed names survive a power cut.
    package func synchronize() throws(FileError) {
        try task("sync the directory of", .standing).attempt { () throws(Errno) in try directory.synchronize() }
    }

    private func task(_ operation: String, _ name: Name) -> FileTask {
        FileTask(operation: operation, path: path(name))
    }
}
