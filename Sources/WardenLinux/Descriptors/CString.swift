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
