package import SystemPackage

/// Runs a shim that reports failure as a negated `errno`, again after `EINTR`.
///
/// Every system call of the agent comes through here or `retryingCount(_:)`, so that an interrupted call is handled
/// in one place.
@inline(__always)
package func retrying(_ call: () -> CInt) throws(Errno) -> CInt {
    while true {
        let result = call()
        guard result < 0 else { return result }
        guard result == -Errno.interrupted.rawValue else { throw Errno(rawValue: -result) }
    }
}

/// `retrying(_:)` for calls that return a number of bytes.
@inline(__always)
package func retryingCount(_ call: () -> Int) throws(Errno) -> Int {
    while true {
        let result = call()
        guard result < 0 else { return result }
        guard result == -Int(Errno.interrupted.rawValue) else { throw Errno(rawValue: CInt(-result)) }
    }
}
