internal import CLinux
internal import Glibc
package import SystemPackage

/// Opens a path as the kernel resolves it, links and all: only for paths that a user typed.
func openByPath(_ path: [UInt8], _ flags: CInt) throws(Errno) -> OwnedDescriptor {
    let number = try unsafe withCString(path) { path throws(Errno) in
        try retrying { unsafe clinux_openat(AT_FDCWD, path, flags, 0) }
    }
    return OwnedDescriptor(adopting: FileDescriptor(rawValue: number))
}

extension OwnedDescriptor {
    /// Opens or creates one name in this directory for writing, never following a link.
    func openForWriting(_ name: [UInt8], _ flags: CInt, mode: mode_t) throws(Errno) -> OwnedDescriptor {
        guard !name.contains(UInt8(ascii: "/")) else { throw .invalidArgument }
        let directory = number
        let flags = flags | O_NOFOLLOW | OpenFlags.nonBlocking
        let child = try unsafe withCString(name) { name throws(Errno) in
            try retrying { unsafe clinux_openat(directory, name, flags, mode) }
        }
        return OwnedDescriptor(adopting: FileDescriptor(rawValue: child))
    }
}

/// Returns the names in a directory that is open for reading, without `.` and `..`. Corresponds to `getdents64(2)`.
func directoryNames(_ directory: borrowing OwnedDescriptor) throws(Errno) -> [[UInt8]] {
    let number = directory.number
    var names: [[UInt8]] = []
    var buffer = [UInt64](repeating: 0, count: 4096)
    while true {
        let found: Result<[[UInt8]], Errno> = unsafe buffer.withUnsafeMutableBytes { bytes in
            do throws(Errno) {
                let size = try retryingCount { unsafe clinux_getdents64(number, bytes.baseAddress, bytes.count) }
                return .success(try unsafe records(UnsafeRawBufferPointer(rebasing: bytes[..<size])))
            } catch {
                return .failure(error)
            }
        }
        let batch = try found.get()
        guard !batch.isEmpty else { return names }
        names += batch.filter { $0 != Array(".".utf8) && $0 != Array("..".utf8) }
    }
}

private func records(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> [[UInt8]] {
    var names: [[UInt8]] = []
    var offset = 0
    while offset < bytes.count {
        var inode: UInt64 = 0
        var type: UInt8 = 0
        var name: UnsafePointer<CChar>?
        var length = 0
        let start = offset
        offset = try retryingCount {
            unsafe clinux_dirent(bytes.baseAddress, bytes.count, start, &inode, &type, &name, &length)
        }
        guard let name = unsafe name else { throw .badMessage }
        let text = unsafe UnsafeBufferPointer(start: name, count: length)
        names.append(unsafe text.map { UInt8(bitPattern: $0) })
    }
    return names
}

extension OwnedDescriptor {
    /// Returns the names in this directory, which is open for reading. Corresponds to `getdents64(2)`.
    package func names() throws(Errno) -> [[UInt8]] { try directoryNames(self) }
}
