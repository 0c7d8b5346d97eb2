internal import SystemPackage
package import WardenLinux
internal import WardenModel

/// Why Go's own command must not be run on a cache.
package enum GoRefusal: Hashable, Sendable {
    /// The cache belongs to root, and `go` never runs as root: it follows links that whoever may write to the cache has
    /// planted.
    case rootAccount
    /// A cache's path that `go` would take for something else: it is not absolute.
    case relativeCache
    /// A relative path to `go` depends on where the agent was started.
    case relativeCommand
    /// Somebody but root could have put something else in the command's place.
    case untrusted(FileError)
}

extension GoRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .rootAccount: "cache belongs to root: refused, use the native way"
        case .relativeCache: "the cache's path is not absolute"
        case .relativeCommand: "the path to go is not absolute"
        case .untrusted(let error):
            "'\(escapedForDisplay(error.path.kernelBytes))' cannot be trusted: "
                + "'\(escapedForDisplay(error.culprit.kernelBytes))' \(error.reason.complaint)"
        }
    }
}

extension FileError.Reason {
    fileprivate var complaint: String {
        switch self {
        // Here not even the caller is trusted.
        case .untrustedOwner(let owner): "is owned by user \(owner.rawValue), not by root"
        case .system(let cause): "cannot be looked at: \(cause)"
        default: description
        }
    }
}
