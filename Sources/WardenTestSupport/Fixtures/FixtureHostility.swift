internal import CFixtures
package import SystemPackage

/// Calls with which tests make a host hostile: raw attributes, exchanges, mounts, another user's eyes.
extension FixtureCalls {
    /// Writes an extended attribute's bytes as they are. Corresponds to `lsetxattr(2)`.
    package static func setAttribute(_ name: String, of path: FilePath, to bytes: [UInt8]) throws(Errno) {
        let code: CInt = unsafe path.withPlatformString { path in
            unsafe bytes.withUnsafeBytes { value in
                unsafe cfixtures_set_attribute(path, name, value.baseAddress, value.count)
            }
        }
        try check(code)
    }

    /// Lets two names change places at one moment. Corresponds to `renameat2(2)` with `RENAME_EXCHANGE`.
    package static func exchange(_ path: FilePath, _ other: FilePath) throws(Errno) {
        try check(
            unsafe path.withPlatformString { path in
                unsafe other.withPlatformString { unsafe cfixtures_exchange(path, $0) }
            })
    }

    /// Makes the calling thread, and threads that it starts, another user in the eyes of file systems.
    ///
    /// Corresponds to `setfsuid(2)` and `setfsgid(2)`; root loses its rights over files with it.
    package static func become(_ user: UserID, _ group: GroupID) throws(Errno) {
        try check(cfixtures_become(user.rawValue, group.rawValue))
    }

    /// Puts an empty tmpfs at a directory.
    package static func mountTemporary(at path: FilePath) throws(Errno) {
        try check(unsafe path.withPlatformString { unsafe cfixtures_mount_tmpfs($0) })
    }

    /// Mounts what stands at `source` a second time. Corresponds to `mount(2)` with `MS_BIND`.
    package static func bind(_ source: FilePath, at path: FilePath, _ access: BindAccess) throws(Errno) {
        try check(
            unsafe source.withPlatformString { source in
                unsafe path.withPlatformString { unsafe cfixtures_bind(source, $0, access == .readOnly ? 1 : 0) }
            })
    }

    package enum BindAccess: Sendable {
        case readWrite, readOnly
    }

    /// Corresponds to `umount2(2)` with `MNT_DETACH`.
    package static func unmount(_ path: FilePath) throws(Errno) {
        try check(unsafe path.withPlatformString { unsafe cfixtures_unmount($0) })
    }

    /// Corresponds to `chattr +i`.
    package static func makeImmutable(_ path: FilePath) throws(Errno) {
        try check(unsafe path.withPlatformString { unsafe cfixtures_set_immutable($0, 1) })
    }

    /// Corresponds to `chattr -i`.
    package static func makeMutable(_ path: FilePath) throws(Errno) {
        try check(unsafe path.withPlatformString { unsafe cfixtures_set_immutable($0, 0) })
    }

    private static func check(_ code: CInt) throws(Errno) {
        guard code >= 0 else { throw Errno(rawValue: -code) }
    }
}
