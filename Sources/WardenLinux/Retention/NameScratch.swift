internal import Glibc

/// Memory for one name with a NUL behind it, used again for the next: a hot loop allocates nothing for a name.
@safe final class NameScratch {
    /// As long as any name (`NAME_MAX`), and as most paths.
    private static let size = 4_096
    private let memory = UnsafeMutablePointer<CChar>.allocate(capacity: size)

    deinit { unsafe memory.deallocate() }

    /// Calls `body` with the name for C; a name that holds a NUL ends there, and is then another's.
    func withName<Result>(_ name: ArraySlice<UInt8>, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let count = min(name.count, Self.size - 1)
        unsafe name.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { unsafe memcpy(memory, base, count) }
        }
        unsafe memory[count] = 0
        return unsafe body(UnsafePointer(memory))
    }
}
