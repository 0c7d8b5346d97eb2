internal import CLinux
package import SystemPackage
package import WardenModel

/// A small regular file that somebody wrote for a program to read, and since when it says what it says.
package struct SettingFile: Sendable {
    package let content: [UInt8]
    /// When content, mode or name last changed (`st_ctim`), which nobody can set back.
    package let changedAt: Timestamp

    /// Reads a file by its path, links followed, as the program itself would; never waits for a FIFO or a lease.
    ///
    /// Throws `.notRegular` for anything but a file, `.larger` for more than `limit`.
    package init(at path: FilePath, limit: ByteCount) throws(FileError) {
        let task = FileTask(operation: "read", path: path)
        let file = try openNamed(path, for: task)
        content = try readAll(file, limit: limit, for: task)
        // After the content: a change while it was read makes the moment later, never earlier.
        let changed = try task.attempt { () throws(Errno) in try file.status().raw.changed }
        let (seconds, nanoseconds) = max(0, changed).quotientAndRemainder(dividingBy: 1_000_000_000)
        changedAt = Timestamp(seconds: seconds, nanoseconds: UInt32(nanoseconds))
    }
}

/// Returns the inode that a path leads to, links followed, without opening it.
///
/// Corresponds to `open(2)` with `O_PATH` and `statx(2)`.
package func reachedInode(at path: FilePath) throws(Errno) -> InodeIdentity {
    try openByPath(path.kernelBytes, OpenFlags.path).status().identity
}
