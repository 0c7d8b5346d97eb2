internal import Glibc

/// Flags of `open(2)` that Swift's Glibc module shows only in part. All calls through CLinux add `O_CLOEXEC`.
enum OpenFlags {
    static let readOnly = O_RDONLY
    static let directory = O_DIRECTORY
    static let noFollow = O_NOFOLLOW
    static let nonBlocking = O_NONBLOCK | O_NOCTTY
    /// `O_PATH` and `O_NOATIME` are GNU extensions; the values are those of every Linux ABI that Swift supports.
    static let path: CInt = 0o10000000
    static let noAccessTime: CInt = 0o1000000
    /// `O_TMPFILE`, which is no constant to Swift either.
    static let unnamedFile: CInt = 0o20000000 | O_DIRECTORY
}
