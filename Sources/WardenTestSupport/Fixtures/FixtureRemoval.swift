internal import CLinux
internal import Glibc
package import SystemPackage
internal import WardenLinux

/// `O_PATH`, which Swift does not import.
private let pathOnly: CInt = 0o10_000_000

extension FixtureCalls {
    /// Removes a directory and all below it, whatever modes and depths are in there; a missing one is no error.
    ///
    /// Every directory that is found is first moved up into the root, so a chain of 60,000 directories takes neither
    /// descriptors nor a path longer than one name. Only what the caller may change can be removed.
    package static func removeTree(_ path: FilePath) throws(Errno) {
        let name: [CChar] = unsafe path.withPlatformString { name in
            unsafe Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        }
        do throws(Errno) {
            try removeTree(named: name)
        } catch .noSuchFileOrDirectory {
            return
        }
    }

    private static func removeTree(named name: [CChar]) throws(Errno) {
        let root = try openWritable(AT_FDCWD, name)
        var removal = Removal(root: root.number)
        try removal.empty(root.number)
        while let next = removal.waiting.popLast() {
            let directory = try openWritable(root.number, next)
            try removal.empty(directory.number)
            _ = try retrying { unsafe clinux_unlinkat(root.number, next, AT_REMOVEDIR) }
        }
        _ = try retrying { unsafe clinux_unlinkat(AT_FDCWD, name, AT_REMOVEDIR) }
    }

    /// Opens a directory for reading and makes sure that its owner may change it; never follows a symbolic link.
    fileprivate static func openWritable(_ parent: CInt, _ name: [CChar]) throws(Errno) -> OwnedDescriptor {
        // Its mode may forbid reading, and only a path-only descriptor opens then.
        let pinned = try open(parent, name, pathOnly | O_NOFOLLOW | O_DIRECTORY)
        _ = try retrying { clinux_chmod(pinned.number, 0o700) }
        return try open(parent, name, O_RDONLY | O_NOFOLLOW | O_DIRECTORY)
    }

    private static func open(_ parent: CInt, _ name: [CChar], _ flags: CInt) throws(Errno) -> OwnedDescriptor {
        let number = try retrying { unsafe clinux_openat(parent, name, flags, 0) }
        return OwnedDescriptor(adopting: FileDescriptor(rawValue: number))
    }
}

/// The state of one removal: which directories were moved up into the root and wait for their turn.
private struct Removal {
    let root: CInt
    var waiting: [[CChar]] = []
    private var moved = 0

    init(root: CInt) { self.root = root }

    /// Removes every file of a directory and moves its directories into the root under names of their own.
    mutating func empty(_ directory: CInt) throws(Errno) {
        for name in try FixtureCalls.names(in: directory) {
            do throws(Errno) {
                _ = try retrying { unsafe clinux_unlinkat(directory, name, 0) }
            } catch .isDirectory {
                // A directory's move writes its "..", for which its owner needs rights in it.
                _ = try FixtureCalls.openWritable(directory, name)
                moved += 1
                let newName = ".removed-\(moved)".utf8CString.map { $0 }
                _ = try retrying { unsafe clinux_renameat2(directory, name, root, newName, 0) }
                waiting.append(newName)
            }
        }
    }
}
