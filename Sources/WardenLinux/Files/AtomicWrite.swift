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
    try replace(target, in: directory, by: bytes, mode, task)
}

/// Gives a new file with these bytes the target's name, whatever stands there.
func replace(
    _ target: [UInt8], in directory: borrowing OwnedDescriptor, by bytes: [UInt8], _ mode: ModeBits, _ task: FileTask
) throws(FileError) {
    // Somebody who writes the same file may take the second name away, and a file that lost its only name never gets
    // one again (linkat(2): ENOENT). So all of it is done again, in a crowd by a name that nobody else takes.
    for second in [commonName(of: target), commonName(of: target), nameNobodyKnows()] {
        guard try write(bytes, mode, to: target, by: second, in: directory, task) else { continue }
        return try task.attempt { () throws(Errno) in
            try directory.openChild(".", .directory).synchronizeDirectory()
        }
    }
    throw task.error(.system(.noSuchFileOrDirectory))
}

/// - Returns: False when somebody else took the second name away.
private func write(
    _ bytes: [UInt8], _ mode: ModeBits, to target: [UInt8], by second: [UInt8], in directory: borrowing OwnedDescriptor,
    _ task: FileTask
) throws(FileError) -> Bool {
    let file = try NewFile(in: directory, task)
    do throws(FileError) {
        return try task.attempt { () throws(Errno) in
            try file.descriptor.write(bytes)
            let number = file.descriptor.number
            _ = try retrying { clinux_chmod(number, mode_t(mode.rawValue)) }
            try file.descriptor.synchronize()
            return try file.replace(target, by: second, in: directory)
        }
    } catch {
        // The first error is the one to tell; a temporary file that cannot be removed is only litter.
        if let name = file.name { try? unlink(name, in: directory) }
        throw error
    }
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
            let name = nameNobodyKnows()
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

    /// Gives the file the target's name. A link cannot replace one, so it goes by a second name: one that is always the
    /// same, so that a killed run leaves one at most, which the next run takes away. It cannot tell a killed run's from
    /// one that another run is about to rename.
    ///
    /// - Returns: False when somebody else had the second name again, or took it away.
    func replace(
        _ target: [UInt8], by second: [UInt8], in directory: borrowing OwnedDescriptor
    ) throws(Errno) -> Bool {
        if let name {
            try rename(name, to: target, in: directory)
            return true
        }
        guard try link(as: second, in: directory) else { return false }
        do throws(Errno) {
            try rename(second, to: target, in: directory)
            return true
        } catch {
            guard error != .noSuchFileOrDirectory else { return false }
            // The first error is the one to tell.
            try? unlink(second, in: directory)
            throw error
        }
    }

    private func link(as name: [UInt8], in directory: borrowing OwnedDescriptor) throws(Errno) -> Bool {
        let number = descriptor.number
        let folder = directory.number
        for _ in 0..<2 {
            do throws(Errno) {
                _ = try unsafe withCString(name) { name throws(Errno) in
                    try retrying { unsafe clinux_link(number, folder, name) }
                }
                return true
            } catch {
                guard error == .fileExists else { throw error }
                // Another run may have been faster.
                try? unlink(name, in: directory)
            }
        }
        return false
    }
}

private func commonName(of target: [UInt8]) -> [UInt8] {
    Array(".cachewarden-".utf8) + target.prefix(200) + Array(".tmp".utf8)
}

private func nameNobodyKnows() -> [UInt8] {
    Array(".cachewarden-\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp".utf8)
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

func unlink(_ name: [UInt8], in directory: borrowing OwnedDescriptor) throws(Errno) {
    let number = directory.number
    _ = try unsafe withCString(name) { name throws(Errno) in
        try retrying { unsafe clinux_unlinkat(number, name, 0) }
    }
}
