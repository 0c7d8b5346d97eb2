internal import Glibc
package import SystemPackage
internal import WardenModel

/// A file that is only ever added to, by one process at a time.
///
/// The path is trusted from `/` down, the directory belongs to the caller or root and is writable by nobody else,
/// the file is regular, has one name and is locked as long as this value lives (`flock(2)`). Writes go to the end
/// wherever that is (`O_APPEND`), so that the file may carry `chattr +a`.
package struct LogFile: ~Copyable, Sendable {
    private let file: LockedFile
    package let path: FilePath

    /// Opens or makes the file; `nil` where another process has it open for writing.
    ///
    /// Missing directories are made with mode 0700, the file with 0600; both are on the disk when this returns.
    package static func open(_ path: FilePath) throws(FileError) -> LogFile? {
        try LogDirectory.open(of: path).openLog()
    }

    /// Takes over a file that is open for appending.
    init(file: consuming LockedFile, path: FilePath) {
        self.file = file
        self.path = path
    }

    /// Writes all bytes at the end. After an error some of them may be there: see `truncate(to:)`.
    package func append(_ bytes: [UInt8]) throws(Errno) { try file.descriptor.write(bytes) }

    /// Waits until everything that was appended is on the disk. Corresponds to `fdatasync(2)`.
    ///
    /// An error is final: the kernel reports it once and then forgets the pages that it could not write, so that
    /// a second call would succeed without having written them.
    package func synchronize() throws(Errno) { try file.descriptor.synchronizeData() }

    /// The size in bytes.
    package func size() throws(Errno) -> UInt64 { try file.descriptor.size() }

    /// Reads at most `count` bytes from `offset`; fewer only at the end.
    package func read(at offset: UInt64, count: Int) throws(Errno) -> [UInt8] {
        try file.descriptor.read(at: offset, limit: count)
    }

    /// Cuts off what an append left unfinished. Fails under `chattr +a`. Corresponds to `ftruncate(2)`.
    package func truncate(to size: UInt64) throws(Errno) { try file.descriptor.truncate(to: size) }
}

/// A regular file that is read from front to back, whoever wrote it. The last name is never a symbolic link.
package struct FileReader: ~Copyable {
    private let file: OwnedDescriptor
    private var offset: UInt64 = 0

    package init(_ path: FilePath) throws(FileError) {
        let task = FileTask(operation: "read", path: path)
        guard path.lastComponent?.kind == .regular else { throw task.error(.notRegular(.directory)) }
        let parent = path.removingLastComponent()
        let directory = try task.attempt { () throws(Errno) in
            try openByPath(parent.isEmpty ? [UInt8(ascii: ".")] : parent.kernelBytes, OpenFlags.path)
        }
        file = try openRegular(path, in: directory, for: task)
    }

    /// Reads the next bytes, at most `count`; an empty answer is the end.
    package mutating func next(_ count: Int) throws(Errno) -> [UInt8] {
        let bytes = try file.read(at: offset, limit: count)
        offset += UInt64(bytes.count)
        return bytes
    }
}
