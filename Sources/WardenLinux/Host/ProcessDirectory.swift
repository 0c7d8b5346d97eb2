internal import CLinux
internal import SystemPackage
package import WardenModel

/// A directory that is reached from a process's working directory, whatever namespace the process lives in.
package final class ProcessDirectory: Sendable {
    private let descriptor: OwnedDescriptor
    package let identity: InodeIdentity

    private init(_ descriptor: consuming OwnedDescriptor) throws(Errno) {
        identity = try descriptor.status().identity
        self.descriptor = descriptor
    }

    /// Opens a process's working directory; `nil` where it has ended or may not be looked into. Corresponds to opening
    /// `/proc/PID/cwd` with `O_PATH` (`proc(5)`).
    package static func working(of process: Int32) -> ProcessDirectory? {
        // Not being allowed to know is an answer.
        try? ProcessDirectory(
            openByPath(Array("/proc/\(process)/cwd".utf8), OpenFlags.path | OpenFlags.directory))
    }

    /// Returns the directory above; `nil` for the root.
    package func parent() -> ProcessDirectory? {
        guard let above = directory(".."), above.identity != identity else { return nil }
        return above
    }

    /// Returns the directory that a path leads to from here, links followed as the process would.
    package func directory(_ path: String) -> ProcessDirectory? {
        let number = descriptor.number
        // As above.
        return try? ProcessDirectory(
            OwnedDescriptor(
                adopting: FileDescriptor(
                    rawValue: unsafe withCString(Array(path.utf8)) { name throws(Errno) in
                        try retrying { unsafe clinux_openat(number, name, OpenFlags.path | OpenFlags.directory, 0) }
                    })))
    }

    /// Returns the beginning of a regular file here, at most `limit` bytes; `nil` for anything else, links included.
    package func beginning(of name: String, _ limit: Int) -> [UInt8]? {
        let name = Array(name.utf8)
        // What cannot be read names nothing.
        guard let kind = try? descriptor.kind(of: name), kind == .file,
            // A FIFO that takes its place does not hold the open up, and is told by its kind.
            let file = try? descriptor.openChild(name, .file), (try? file.status().kind) == .file
        else { return nil }
        // As above.
        return try? file.beginning(limit)
    }
}
