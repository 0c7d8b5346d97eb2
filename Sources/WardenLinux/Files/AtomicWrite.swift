internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// Writes a whole file so that every reader sees the old content or the new, never a part of it.
///
/// The content goes to a file without a name in the target's directory, to the disk, and then takes the target's name;
/// a symbolic link at that name is replaced, never followed. Directories above it are resolved as the kernel does it:
/// the path is the user's own. Anything but a file or a link that stands there, or that the link leads to, is refused:
/// nobody wants `/dev/null` or `/dev/stdout` replaced. A process that is killed leaves nothing behind, but between the
/// last two calls a name that the next write to the same target takes away. Corresponds to `open(2)` with `O_TMPFILE`,
/// `fsync(2)`, `linkat(2)`, `renameat(2)`.
///
/// - Parameter mode: The file's mode, whatever the umask says.
package func writeAtomically(_ bytes: [UInt8], to path: FilePath, mode: ModeBits) throws(FileError) {
    let task = FileTask(operation: "write", path: path)
    guard path.lastComponent?.kind == .regular else { throw task.error(.notRegular(.directory)) }
    let parent = path.removingLastComponent()
    let directory = try task.attempt(at: parent) { () throws(Errno) in
        try openByPath(parent.isEmpty ? [UInt8(ascii: ".")] : parent.kernelBytes, OpenFlags.path | OpenFlags.directory)
    }
    let target = lastName(path)
    try refuseIrregularTarget(target, in: directory, task)
    let file = try NewFile(in: directory, task)
    do throws(FileError) {
        try task.attempt { () throws(Errno) in
            try file.descriptor.write(bytes)
            let number = file.descriptor.number
            _ = try retrying { clinux_chmod(number, mode_t(mode.rawValue)) }
            try file.descriptor.synchronize()
            try file.replace(target, in: directory)
        }
    } catch {
        // The first error is the one to tell; a temporary file that cannot be removed is only litter.
        if let name = file.name { try? unlink(name, in: directory) }
        throw error
    }
    try task.attempt { () throws(Errno) in try directory.openChild(".", .directory).synchronizeDirectory() }
}

private func refuseIrregularTarget(
    _ name: [UInt8], in directory: borrowing OwnedDescriptor, _ task: FileTask
) throws(FileError) {
    let kind = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
        try directory.openChild(name, .path).status().kind
    }
    switch kind {
    case nil, .file: return
    case .symbolicLink:
        let number = directory.number
        let isMagic = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try openByPath(Array("/dev".utf8), OpenFlags.path).status().identity == directory.status().identity
        }
        // What the links in /dev lead to depends on who asks: /dev/stdout is a file when output is redirected.
        guard isMagic != true else { throw task.error(.symbolicLink) }
        let leadsTo = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            let number = try unsafe withCString(name) { name throws(Errno) in
                try retrying { unsafe clinux_openat(number, name, OpenFlags.path, 0) }
            }
            return try OwnedDescriptor(adopting: FileDescriptor(rawValue: number)).status().kind
        }
        guard let leadsTo, leadsTo != .file else { return }
        throw task.error(.notRegular(leadsTo))
    case .some(let kind): throw task.error(.notRegular(kind))
    }
}

/// A file, mode 0600, that has no name yet, or one that nobody knows where the file system has no `O_TMPFILE`.
private struct NewFile: ~Copyable {
    let name: [UInt8]?
    let descriptor: OwnedDescriptor

    init(in directory: borrowing OwnedDescriptor, _ task: FileTask) throws(FileError) {
        if let unnamed = try Self.openUnnamed(in: directory, task) {
            name = nil
            descriptor = unnamed
            return
        }
        while true {
            let name = Self.nameNobodyKnows()
            let file = try task.attempt(expecting: .fileExists) { () throws(Errno) in
                try directory.openForWriting(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            }
            guard let file else { continue }
            self.name = name
            descriptor = file
            return
        }
    }

    private static func openUnnamed(
        in directory: borrowing OwnedDescriptor, _ task: FileTask
    ) throws(FileError) -> OwnedDescriptor? {
        try task.attempt { () throws(Errno) in
            do throws(Errno) {
                return try directory.openForWriting([UInt8(ascii: ".")], OpenFlags.unnamedFile | O_WRONLY, mode: 0o600)
            } catch {
                switch error {
                // As file systems and kernels say that they have none (open(2)).
                case .notSupported, .isDirectory, .invalidArgument: return nil
                default: throw error
                }
            }
        }
    }

    /// Gives the file the target's name. A link cannot replace one, so it goes by a second name, which is always the
    /// same, so that a killed run leaves one at most: two runs that write the same file take each other's away and try
    /// again. In a crowd that could go on forever, so it ends with a name that nobody else takes.
    func replace(_ target: [UInt8], in directory: borrowing OwnedDescriptor) throws(Errno) {
        if let name { return try rename(name, to: target, in: directory) }
        let known = Array(".cachewarden-".utf8) + target.prefix(200) + Array(".tmp".utf8)
        for attempt in 0..<2 * Self.attempts {
            let second = attempt < Self.attempts ? known : Self.nameNobodyKnows()
            if try replace(target, by: second, in: directory) { return }
        }
        // Nobody takes those names, so it is the directory that is gone.
        throw .noSuchFileOrDirectory
    }

    /// - Returns: False when somebody else had the second name, or took it away.
    private func replace(
        _ target: [UInt8], by second: [UInt8], in directory: borrowing OwnedDescriptor
    ) throws(Errno) -> Bool {
        let number = descriptor.number
        let folder = directory.number
        do throws(Errno) {
            _ = try unsafe withCString(second) { second throws(Errno) in
                try retrying { unsafe clinux_link(number, folder, second) }
            }
            try rename(second, to: target, in: directory)
            return true
        } catch {
            switch error {
            case .noSuchFileOrDirectory: return false
            case .fileExists:
                // Of a run that was killed, or that is about to rename it. Gone already is as well.
                try? unlink(second, in: directory)
                return false
            default:
                // As above.
                try? unlink(second, in: directory)
                throw error
            }
        }
    }

    private static func nameNobodyKnows() -> [UInt8] {
        Array(".cachewarden-\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp".utf8)
    }

    private static let attempts = 16
}

private func rename(
    _ name: [UInt8], to target: [UInt8], in directory: borrowing OwnedDescriptor
) throws(Errno) {
    let number = directory.number
    _ = try unsafe withCString(name) { name throws(Errno) in
        try unsafe withCString(target) { target throws(Errno) in
            try retrying { unsafe clinux_renameat2(number, name, number, target, 0) }
        }
    }
}

private func unlink(_ name: [UInt8], in directory: borrowing OwnedDescriptor) throws(Errno) {
    let number = directory.number
    _ = try unsafe withCString(name) { name throws(Errno) in
        try retrying { unsafe clinux_unlinkat(number, name, 0) }
    }
}
