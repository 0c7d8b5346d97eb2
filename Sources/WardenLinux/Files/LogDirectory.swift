internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// The directory of a log, held open: the log, and the files beside it whose names begin with the log's.
///
/// The way to it is trusted from `/` down, it belongs to the caller or root and is writable by nobody else. All names
/// are relative to it, so that nothing done later can lead elsewhere. A name is given by what stands behind the
/// log's own: `.reserve` for `audit.jsonl.reserve`.
package struct LogDirectory: ~Copyable, Sendable {
    private let directory: TrustedDirectory
    /// The log's own path.
    package let log: FilePath

    /// Opens the directory of the log at `path`. Missing directories are made with mode 0700.
    package static func open(of path: FilePath) throws(FileError) -> LogDirectory {
        let task = FileTask(operation: "open", path: path)
        let trust = Trust.rootAndCaller
        let directory = try TrustedDirectory.openParent(
            of: path, .created(mode: ModeBits(0o700)), trusting: trust, for: task)
        try directory.refuseSticky(trust, for: task)
        return LogDirectory(directory: directory, log: path)
    }

    /// Opens or makes the log; `nil` where another process has it open for writing.
    ///
    /// The file is regular, has one name and the mode 0600; it is on the disk when this returns.
    package func openLog() throws(FileError) -> LogFile? {
        let task = FileTask(operation: "open", path: log)
        let file = try LockedFile.open(
            log, in: directory, flags: O_RDWR | O_APPEND, trusting: .rootAndCaller, for: task)
        guard let file else { return nil }
        return LogFile(file: file, path: log)
    }

    /// Makes a file that was not there, mode 0600, and locks it. It goes by the log's path: `exchange(_:)` gives it that.
    package func create(_ suffix: String) throws(FileError) -> LogFile {
        let task = task("create", suffix)
        let file = try task.attempt { () throws(Errno) in
            let file = try directory.descriptor.openForWriting(
                name(suffix), O_RDWR | O_APPEND | O_CREAT | O_EXCL, mode: 0o600)
            let number = file.number
            _ = try retrying { clinux_try_lock(number) }
            return file
        }
        return LogFile(file: LockedFile(locked: file), path: log)
    }

    /// Returns what stands behind the log's name and a dot in the names of this directory, unsorted.
    package func suffixes() throws(FileError) -> [String] {
        let task = FileTask(operation: "list", path: log)
        let own = lastName(log)
        return try task.attempt { () throws(Errno) in
            try directoryNames(try directory.descriptor.openChild(".", .directory))
                .filter { $0.starts(with: own) && $0.count > own.count && $0[own.count] == UInt8(ascii: ".") }
                // A suffix that is not UTF-8 is none of ours, and does not become one by this.
                .map { String(decoding: $0.dropFirst(own.count), as: UTF8.self) }
        }
    }

    /// Returns the first `count` bytes of a regular file, or `nil` where there is none of this name.
    package func beginning(of suffix: String, count: Int) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            let task = task("read", suffix)
            let file = try openRegular(path(suffix), in: directory.descriptor, for: task)
            return try task.attempt { () throws(Errno) in try file.read(at: 0, limit: count) }
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// Swaps the log's name and another, in one step. Corresponds to `renameat2(2)` with `RENAME_EXCHANGE`.
    package func exchange(_ suffix: String) throws(FileError) {
        try rename(name(suffix), lastName(log), RenameFlags.exchange, task("swap the log with", suffix))
    }

    /// Gives a file a name that nothing has. Corresponds to `renameat2(2)` with `RENAME_NOREPLACE`.
    package func rename(_ suffix: String, to other: String) throws(FileError) {
        try rename(name(suffix), name(other), RenameFlags.noReplace, task("name", other))
    }

    /// Removes a file; one that is gone already is as well. Corresponds to `unlinkat(2)`.
    package func remove(_ suffix: String) throws(FileError) {
        let number = directory.descriptor.number
        _ = try task("remove", suffix).attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try unsafe withCString(name(suffix)) { name throws(Errno) in
                try retrying { unsafe clinux_unlinkat(number, name, 0) }
            }
        }
    }

    /// Makes a file of `size` bytes, mode 0600, whose blocks are really taken, and puts it on the disk; one that is
    /// there and as large stays, any other of this name is replaced. Corresponds to `fallocate(2)`.
    package func reserve(_ suffix: String, _ size: ByteCount) throws(FileError) {
        let task = task("reserve", suffix)
        let standing = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try directory.descriptor.openChild(name(suffix), .path).status()
        }
        if let standing, standing.kind == .file, ByteCount(standing.raw.blocks &* 512) >= size, standing.size == size,
            Trust.rootAndCaller.objection(to: standing) == nil
        {
            return
        }
        if standing != nil { try remove(suffix) }
        do throws(FileError) {
            try task.attempt { () throws(Errno) in
                let file = try directory.descriptor.openForWriting(
                    name(suffix), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
                let number = file.number
                // Not posix_fallocate(3): where the file system cannot, that writes zeros, which compress to nothing.
                _ = try retrying { clinux_allocate(number, size.rawValue) }
                try file.synchronize()
            }
        } catch {
            // A reserve that is too small would promise what it cannot keep; the first error is the one to tell.
            try? remove(suffix)
            throw error
        }
        try synchronize()
    }

    /// Whether a file of this name stands here.
    package func has(_ suffix: String) throws(FileError) -> Bool {
        try task("look at", suffix).attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            _ = try directory.descriptor.openChild(name(suffix), .path)
        } != nil
    }

    /// Makes the names in the directory survive a power cut. Corresponds to `fsync(2)`.
    package func synchronize() throws(FileError) {
        try FileTask(operation: "sync", path: directory.path).attempt { () throws(Errno) in try directory.synchronize()
        }
    }

    private func name(_ suffix: String) -> [UInt8] { lastName(log) + Array(suffix.utf8) }

    private func path(_ suffix: String) -> FilePath { FilePath(kernelBytes: log.kernelBytes + Array(suffix.utf8)) }

    private func task(_ operation: String, _ suffix: String) -> FileTask {
        FileTask(operation: operation, path: path(suffix))
    }

    private func rename(
        _ name: [UInt8], _ other: [UInt8], _ flags: CUnsignedInt, _ task: FileTask
    ) throws(FileError) {
        let number = directory.descriptor.number
        try task.attempt { () throws(Errno) in
            _ = try unsafe withCString(name) { name throws(Errno) in
                try unsafe withCString(other) { other throws(Errno) in
                    try retrying { unsafe clinux_renameat2(number, name, number, other, flags) }
                }
            }
        }
    }
}

/// Flags of `renameat2(2)`, GNU extensions with the same values everywhere.
private enum RenameFlags {
    static let noReplace: CUnsignedInt = 1
    static let exchange: CUnsignedInt = 2
}

/// Returns the names in the directory of `path` that begin with its last name and a dot, without that beginning.
///
/// The directory is found as the kernel resolves it, whoever owns it: only for reading. Unsorted.
package func suffixes(of path: FilePath) throws(FileError) -> [String] {
    let task = FileTask(operation: "list", path: path)
    guard path.lastComponent?.kind == .regular else { throw task.error(.notRegular(.directory)) }
    let parent = path.removingLastComponent()
    let own = lastName(path) + [UInt8(ascii: ".")]
    return try task.attempt(at: parent) { () throws(Errno) in
        let directory = try openByPath(
            parent.isEmpty ? [UInt8(ascii: ".")] : parent.kernelBytes, OpenFlags.readOnly | OpenFlags.directory)
        return try directoryNames(directory).filter { $0.starts(with: own) }
            .map { String(decoding: $0.dropFirst(own.count - 1), as: UTF8.self) }
    }
}
