internal import CLinux
internal import SystemPackage

/// A buffer for directory records, one for each level that a thread is in.
@safe final class NameBuffer {
    /// One name; its pointer is good until the buffer is filled again.
    @unsafe struct Record {
        var inode: UInt64 = 0
        var type: UInt8 = 0
        var name: UnsafePointer<CChar>
        var length = 0

        var isSelfOrParent: Bool {
            guard unsafe length <= 2, unsafe name[0] == 0x2e else { return false }
            return unsafe length == 1 || name[1] == 0x2e
        }

        /// Calls `body` with the bytes of the name.
        func withName<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
            let bytes = unsafe UnsafeRawBufferPointer(start: name, count: length)
            return unsafe body(Span<UInt8>(_unsafeBytes: bytes))
        }
    }

    private static let size = 65_536
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    private var filled = 0
    private var offset = 0

    deinit { unsafe memory.deallocate() }

    /// Reads the next records of a directory; false at its end. Corresponds to `getdents64(2)`.
    func fill(from directory: borrowing OwnedDescriptor) throws(Errno) -> Bool {
        let number = directory.number
        offset = 0
        filled = 0
        filled = try retryingCount { unsafe clinux_getdents64(number, memory, Self.size) }
        return filled > 0
    }

    /// Returns the next record but `.` and `..`; `nil` where the buffer ends.
    func next() throws(Errno) -> Record? {
        while offset < filled {
            var record = unsafe Record(name: UnsafePointer(memory.assumingMemoryBound(to: CChar.self)))
            var name: UnsafePointer<CChar>? = nil
            let end = unsafe clinux_dirent(
                memory, filled, offset, &record.inode, &record.type, &name, &record.length)
            guard end > offset, let name = unsafe name else { throw .badMessage }
            offset = end
            unsafe record.name = name
            if unsafe !record.isSelfOrParent { return unsafe record }
        }
        return nil
    }
}
