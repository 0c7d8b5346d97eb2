internal import SystemPackage

/// Small files that the kernel makes up: `/proc` and `/sys`.
enum KernelFile {
    /// Returns a file's text; `nil` where it cannot be read, which callers take for "the kernel does not say".
    static func text(_ path: FilePath) -> String? {
        // Not having `/proc` is an answer, not an error.
        guard let descriptor = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) else { return nil }
        let owned = OwnedDescriptor(adopting: descriptor)
        var bytes: [UInt8] = []
        while let part = owned.readSome(65_536), !part.isEmpty, bytes.count < 16 << 20 { bytes += part }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension OwnedDescriptor {
    /// Reads up to `limit` bytes from the current offset; empty at the end, `nil` after an error.
    fileprivate func readSome(_ limit: Int) -> [UInt8]? {
        // An unreadable kernel file is treated like a missing one.
        try? unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = try unsafe raw.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
