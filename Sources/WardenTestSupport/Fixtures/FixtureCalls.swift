internal import Glibc
package import SystemPackage
package import WardenModel

/// Path-based calls with which tests build their trees, hostile ones included.
///
/// The agent has nothing like these: it works through descriptors of inodes that it has looked at.
package enum FixtureCalls {
    /// What a path can be made into with `mknod(2)`.
    package enum SpecialFile: Sendable {
        case fifo, socket
        /// The null device; only root may make one.
        case nullDevice

        fileprivate var modeAndDevice: (mode: mode_t, device: dev_t) {
            switch self {
            case .fifo: (S_IFIFO, 0)
            case .socket: (S_IFSOCK, 0)
            case .nullDevice: (S_IFCHR, 0x103)  // makedev(1, 3)
            }
        }
    }

    /// Makes a directory with exactly this mode, whatever the umask. Corresponds to `mkdir(2)` and `chmod(2)`.
    package static func makeDirectory(_ path: FilePath, mode: ModeBits) throws(Errno) {
        try unsafe call(path) { unsafe mkdir($0, 0o700) }
        try setMode(of: path, to: mode)
    }

    /// Corresponds to `symlink(2)`.
    package static func makeSymbolicLink(_ path: FilePath, to target: FilePath) throws(Errno) {
        try unsafe call(target, path) { unsafe symlink($0, $1) }
    }

    /// Makes a second name for an inode. Corresponds to `link(2)`.
    package static func makeHardLink(_ path: FilePath, to existing: FilePath) throws(Errno) {
        try unsafe call(existing, path) { unsafe link($0, $1) }
    }

    /// Corresponds to `mknod(2)`.
    package static func makeSpecialFile(_ path: FilePath, _ file: SpecialFile, mode: ModeBits) throws(Errno) {
        let (type, device) = file.modeAndDevice
        try unsafe call(path) { unsafe mknod($0, type | 0o600, device) }
        try setMode(of: path, to: mode)
    }

    /// Corresponds to `truncate(2)`: what is added is a hole and takes no blocks.
    package static func setSize(of path: FilePath, to size: ByteCount) throws(Errno) {
        guard let length = off_t(exactly: size.rawValue) else { throw .fileTooLarge }
        try unsafe call(path) { unsafe truncate($0, length) }
    }

    /// Follows a final symbolic link. Corresponds to `chmod(2)`.
    package static func setMode(of path: FilePath, to mode: ModeBits) throws(Errno) {
        try unsafe call(path) { unsafe chmod($0, mode_t(mode.rawValue)) }
    }

    /// Never follows a final symbolic link; `nil` keeps. Corresponds to `lchown(2)`.
    package static func setOwnership(of path: FilePath, owner: UserID?, group: GroupID?) throws(Errno) {
        try unsafe call(path) { unsafe lchown($0, owner?.rawValue ?? .max, group?.rawValue ?? .max) }
    }

    /// Never follows a final symbolic link; `nil` keeps. Corresponds to `utimensat(2)`.
    package static func setTimes(of path: FilePath, accessed: Timestamp?, modified: Timestamp?) throws(Errno) {
        let times = [accessed, modified].map { time in
            // UTIME_OMIT, which Swift does not import.
            guard let time else { return timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2) }
            return timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))
        }
        try unsafe call(path) { unsafe utimensat(AT_FDCWD, $0, times, AT_SYMLINK_NOFOLLOW) }
    }

    /// Corresponds to `rename(2)`.
    package static func rename(_ path: FilePath, to newPath: FilePath) throws(Errno) {
        try unsafe call(path, newPath) { unsafe Glibc.rename($0, $1) }
    }

    /// Removes one name that is no directory. Corresponds to `unlink(2)`.
    package static func removeFile(_ path: FilePath) throws(Errno) {
        try unsafe call(path) { unsafe unlink($0) }
    }

    /// Returns a path of these bytes, UTF-8 or not; they must hold no NUL.
    package static func path(_ bytes: some Sequence<UInt8>) -> FilePath {
        unsafe FilePath(platformString: bytes.map { CChar(bitPattern: $0) } + [0])
    }

    /// Returns a file's whole content.
    package static func read(_ path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        return try file.closeAfter {
            var content: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                guard count > 0 else { return content }
                content += buffer[..<count]
            }
        }
    }

    /// Returns a variable of the test's own process, or `nil`. Corresponds to `getenv(3)`.
    package static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Corresponds to `geteuid(2)`.
    package static var effectiveUser: UserID { UserID(geteuid()) }

    /// Corresponds to `getegid(2)`.
    package static var effectiveGroup: GroupID { GroupID(getegid()) }

    private static func call(_ path: FilePath, _ body: (UnsafePointer<CChar>) -> CInt) throws(Errno) {
        // A rethrowing closure would erase the typed error: the result leaves the closure as a number.
        let code: CInt = unsafe path.withPlatformString { unsafe body($0) == 0 ? 0 : errno }
        guard code == 0 else { throw Errno(rawValue: code) }
    }

    private static func call(
        _ first: FilePath, _ second: FilePath, _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> CInt
    ) throws(Errno) {
        let code: CInt = unsafe first.withPlatformString { first in
            unsafe second.withPlatformString { unsafe body(first, $0) == 0 ? 0 : errno }
        }
        guard code == 0 else { throw Errno(rawValue: code) }
    }
}
