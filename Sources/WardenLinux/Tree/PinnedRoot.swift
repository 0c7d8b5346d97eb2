internal import CLinux
internal import Synchronization
package import SystemPackage
package import WardenModel

/// A directory held open, below which everything is resolved: no symbolic link, no mount point, no way up.
///
/// Whoever can write to the tree may swap any name at any time. What was opened stays what it was.
package final class PinnedRoot: Sendable {
    package let descriptor: OwnedDescriptor
    package let identity: InodeIdentity
    /// The mount that the root is on; 0 where the kernel does not tell (before Linux 5.8).
    let mount: UInt64
    /// Whether `openat2(2)` answers; a seccomp filter may refuse it (systemd's RestrictSUIDSGID does).
    private let hasOpenat2: Atomic<Bool>

    /// Who walks the names of a path below the root.
    package enum Resolution: Sendable {
        /// The kernel by `openat2(2)`, and where it says that it has no such call, name by name.
        case kernel
        /// The agent, one `openat(2)` for each name: for sandboxes that refuse `openat2(2)` with another error.
        case nameByName
    }

    /// Pins an open directory.
    package init(_ descriptor: consuming OwnedDescriptor, resolution: Resolution = .kernel) throws(Errno) {
        let status = try NodeStatus(descriptor)
        self.descriptor = descriptor
        identity = status.identity
        mount = status.raw.mount
        // Old filters refuse an unknown call with EPERM, which later would look like the answer for a name.
        let answer = unsafe clinux_openat2_beneath(self.descriptor.number, ".", Access.path.flags)
        if answer >= 0 { _ = OwnedDescriptor(adopting: FileDescriptor(rawValue: answer)) }
        hasOpenat2 = Atomic(resolution == .kernel && answer >= 0)
    }

    /// Opens a path below the root.
    ///
    /// Throws `.tooManySymbolicLinkLevels` for a link anywhere in it (one at its end can be pinned with `.path`),
    /// `.improperLink` for another mount and for `..`, `.invalidArgument` for what is no relative path. Corresponds
    /// to `openat2(2)` with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV`, or,
    /// where that is not to be had, to `openat(2)` with `O_NOFOLLOW` name by name.
    package func open(_ path: RelativePath, _ access: Access) throws(Errno) -> OwnedDescriptor {
        try open(path.isRoot ? [UInt8(ascii: ".")] : path.bytes, access)
    }

    func open(_ path: [UInt8], _ access: Access) throws(Errno) -> OwnedDescriptor {
        guard !path.isEmpty, path.first != UInt8(ascii: "/"), !path.contains(0) else { throw .invalidArgument }
        guard !Self.leadsUp(path) else { throw .improperLink }
        var tries = 0
        while hasOpenat2.load(ordering: .relaxed) {
            do throws(Errno) {
                return try openWithKernel(path, access)
            } catch .noFunction {
                hasOpenat2.store(false, ordering: .relaxed)
            } catch .resourceTemporarilyUnavailable where tries < 16 {
                // A rename raced with the resolution; the kernel asks to try again (openat2(2), EAGAIN).
                tries += 1
            } catch .fileNameTooLong {
                // Longer than any call takes; name by name only a single name can be too long.
                return try openNameByName(path, access)
            }
        }
        return try openNameByName(path, access)
    }

    private static func leadsUp(_ path: [UInt8]) -> Bool {
        path.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) }
    }

    private func openWithKernel(_ path: [UInt8], _ access: Access) throws(Errno) -> OwnedDescriptor {
        let directory = descriptor.number
        let number = try unsafe withCString(path) { name throws(Errno) in
            try retrying { unsafe clinux_openat2_beneath(directory, name, access.flags) }
        }
        return OwnedDescriptor(adopting: FileDescriptor(rawValue: number))
    }

    /// Gives the kernel's answers, errors included.
    private func openNameByName(_ path: [UInt8], _ access: Access) throws(Errno) -> OwnedDescriptor {
        var names = path.split(separator: UInt8(ascii: "/"))
        if path.last == UInt8(ascii: "/") { names.append([UInt8(ascii: ".")]) }
        var current = try descriptor.openChild(".", .directoryPath)
        for (index, name) in names.enumerated() {
            let next =
                index == names.count - 1
                ? try current.openChild(Array(name), access) : try current.openDirectory(Array(name))
            let status = try NodeStatus(next)
            guard status.raw.mount == mount, status.identity.device == identity.device else { throw .improperLink }
            current = next
        }
        return current
    }
}

extension OwnedDescriptor {
    /// Pins a directory on the way to something else.
    ///
    /// A link is `.tooManySymbolicLinkLevels`, as `openat2(2)` says; `openat(2)` with `O_PATH` says `.notDirectory` of it.
    fileprivate func openDirectory(_ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        do throws(Errno) {
            return try openChild(name, .directoryPath)
        } catch .notDirectory {
            let found = try openChild(name, .path)
            throw try found.status().kind == .symbolicLink ? .tooManySymbolicLinkLevels : .notDirectory
        }
    }
}

/// What a descriptor is opened for. All add `O_CLOEXEC | O_NOFOLLOW`.
package struct Access: Sendable {
    let flags: CInt

    /// Names the inode without opening it: no side effect, whatever it is (`O_PATH`).
    package static let path = Access(flags: OpenFlags.path)
    /// Like `path`, and only a directory.
    package static let directoryPath = Access(flags: OpenFlags.path | OpenFlags.directory)
    /// Reads a directory's names.
    package static let directory = Access(flags: OpenFlags.directory)
    /// Reads a directory's names without moving its atime; needs ownership or `CAP_FOWNER`.
    static let quietDirectory = Access(flags: OpenFlags.directory | OpenFlags.noAccessTime)
    /// Reads a file without moving its atime, never waiting for a FIFO or a lease.
    package static let quietFile = Access(flags: OpenFlags.noAccessTime | OpenFlags.nonBlocking)
    package static let file = Access(flags: OpenFlags.nonBlocking)

    private init(flags: CInt) { self.flags = flags | OpenFlags.noFollow }
}
