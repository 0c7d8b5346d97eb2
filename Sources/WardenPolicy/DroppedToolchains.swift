/// Go versions whose archives and executables a policy wants gone, whatever room there is.
package enum DroppedToolchains: Hashable, Sendable {
    /// Those that the host does not have.
    case uninstalled
    /// `go1.20` is all of Go 1.20, `go1.20.3` that release alone.
    case versions([String])

    /// Whether a list's version speaks of this one, as an object has it.
    package static func matches(_ listed: String, _ version: String) -> Bool {
        guard version.hasPrefix(listed) else { return false }
        // "go1.2" is not go1.20; of go1.20 there are go1.20rc1 and go1.20.3.
        guard let next = version.dropFirst(listed.count).utf8.first else { return true }
        return listed.utf8.count { $0 == UInt8(ascii: ".") } == 1 && !isDigit(next)
    }
}
