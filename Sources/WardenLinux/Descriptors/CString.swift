internal import SystemPackage

/// Calls `body` with the bytes and a NUL behind them; throws `.invalidArgument` for bytes that hold a NUL.
func withCString<Result>(
    _ bytes: [UInt8], _ body: (UnsafePointer<CChar>) throws(Errno) -> Result
) throws(Errno) -> Result {
    guard !bytes.contains(0) else { throw .invalidArgument }
    let terminated = bytes + [0]
    // The closure's errors travel as a value: `withUnsafeBufferPointer` would erase their type.
    let result: Swift.Result<Result, Errno> = unsafe terminated.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return .failure(.invalidArgument) }
        do throws(Errno) {
            return .success(
                try unsafe base.withMemoryRebound(to: CChar.self, capacity: terminated.count) {
                    name throws(Errno) in try unsafe body(name)
                })
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

/// Calls `body` with an array of C strings and a null pointer behind them, as `execve(2)` wants it; throws
/// `.invalidArgument` for bytes that hold a NUL.
func withCStrings<Result>(
    _ list: [[UInt8]], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws(Errno) -> Result
) throws(Errno) -> Result {
    guard list.allSatisfy({ !$0.contains(0) }) else { throw .invalidArgument }
    let text = list.flatMap { $0 + [0] }.map { CChar(bitPattern: $0) }
    let strings = UnsafeMutablePointer<CChar>.allocate(capacity: max(text.count, 1))
    defer { unsafe strings.deallocate() }
    let pointers = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: list.count + 1)
    defer { unsafe pointers.deallocate() }
    var next = unsafe strings
    for character in text {
        unsafe next.initialize(to: character)
        unsafe next += 1
    }
    var start = 0
    for (index, bytes) in list.enumerated() {
        unsafe (pointers + index).initialize(to: UnsafePointer(strings + start))
        start += bytes.count + 1
    }
    unsafe (pointers + list.count).initialize(to: nil)
    return try unsafe body(UnsafePointer(pointers))
}
