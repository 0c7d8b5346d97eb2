internal import CLinux
package import SystemPackage

/// A file descriptor with one owner: closed when its owner goes.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let raw: FileDescriptor

    package init(adopting raw: FileDescriptor) { self.raw = raw }

    deinit {
        // Nobody is left to tell; who writes calls `fsync(2)` first, which throws.
        try? raw.close()
    }

    /// The number of the descriptor, for shims.
    package var number: CInt { raw.rawValue }

    /// Opens one name in this directory, never following a link. Corresponds to `openat(2)` with `O_NOFOLLOW`.
    ///
    /// With `.path` the name may be a link itself: look at its kind before anything else.
    package func openChild(_ name: [UInt8], _ access: Access) throws(Errno) -> OwnedDescriptor {
        guard !name.contains(UInt8(ascii: "/")) else { throw .invalidArgument }
        let directory = number
        let child = try unsafe withCString(name) { name throws(Errno) in
            try retrying { unsafe clinux_openat(directory, name, access.flags, 0) }
        }
        return OwnedDescriptor(adopting: FileDescriptor(rawValue: child))
    }

    package func openChild(_ name: StaticString, _ access: Access) throws(Errno) -> OwnedDescriptor {
        try openChild(Array(String(describing: name).utf8), access)
    }

    /// Reads the status of what is open. Corresponds to `statx(2)` with `AT_EMPTY_PATH`.
    package func status() throws(Errno) -> NodeStatus { try NodeStatus(self) }
}
