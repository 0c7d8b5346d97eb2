internal import CLinux
internal import Glibc
package import SystemPackage
internal import WardenLinux
package import WardenModel

extension FixtureCalls {
    /// What `lstat(2)` says of an inode.
    package typealias Status = (
        kind: NodeKind, mode: ModeBits, owner: UserID, group: GroupID, links: Int, size: ByteCount,
        allocated: ByteCount, identity: InodeIdentity, accessed: Timestamp, modified: Timestamp, changed: Timestamp
    )

    /// Never follows a final symbolic link. Corresponds to `lstat(2)`.
    package static func status(of path: FilePath) throws(Errno) -> Status {
        var status = clinux_status()
        let code: CInt = unsafe path.withPlatformString { unsafe clinux_status(AT_FDCWD, $0, &status) }
        guard code == 0 else { throw Errno(rawValue: -code) }
        return (
            kind: kind(of: status.mode), mode: ModeBits(status.mode), owner: UserID(status.owner),
            group: GroupID(status.group), links: Int(status.links), size: ByteCount(status.size),
            allocated: ByteCount(status.blocks * 512),
            identity: InodeIdentity(device: status.device, inode: status.inode),
            accessed: timestamp(status.accessed), modified: timestamp(status.modified),
            changed: timestamp(status.changed)
        )
    }

    /// Returns the names in a directory, sorted, without `.` and `..`.
    package static func names(in path: FilePath) throws -> [[UInt8]] {
        let directory = try FileDescriptor.open(path, .readOnly, options: [.directory, .noFollow, .closeOnExec])
        return try directory.closeAfter {
            try names(in: directory.rawValue)
                .map { name in name.dropLast().map { UInt8(bitPattern: $0) } }
                .sorted { $0.lexicographicallyPrecedes($1) }
        }
    }

    /// Returns the names in an open directory as C strings, in the kernel's order.
    static func names(in directory: CInt) throws(Errno) -> [[CChar]] {
        var names: [[CChar]] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 12)
        while true {
            let filled = try retryingCount { unsafe clinux_getdents64(directory, &buffer, buffer.count) }
            guard filled > 0 else { return names }
            var offset = 0
            while offset < filled {
                // A record of getdents64(2): inode, offset, length and type take 19 bytes, then comes the name.
                let length = Int(buffer[offset + 16]) | Int(buffer[offset + 17]) << 8
                let name = buffer[(offset + 19)..<(offset + length)].prefix { $0 != 0 }
                offset += length
                guard !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else { continue }
                names.append(name.map { CChar(bitPattern: $0) } + [0])
            }
        }
    }

    private static func kind(of mode: UInt16) -> NodeKind {
        switch mode_t(mode) & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .directory
        case S_IFLNK: .symbolicLink
        case S_IFIFO: .fifo
        case S_IFSOCK: .socket
        case S_IFCHR: .characterDevice
        case S_IFBLK: .blockDevice
        default: .unknown
        }
    }

    private static func timestamp(_ nanoseconds: Int64) -> Timestamp {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard rest < 0 else { return Timestamp(seconds: seconds, nanoseconds: UInt32(rest)) }
        return Timestamp(seconds: seconds - 1, nanoseconds: UInt32(rest + 1_000_000_000))
    }
}
