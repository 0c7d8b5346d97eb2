package import SystemPackage
internal import WardenModel

/// Why a plan could not be carried out at all.
package struct ApplyError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Another directory stands at the cache root's path than the plan speaks of.
        case rootReplaced
        case system
    }

    package let code: Code
    /// An infinitive: `open`, `make`.
    package let operation: String
    package let path: FilePath
    package let cause: Errno

    package var description: String {
        let place = "'\(escapedForDisplay(path.description))'"
        return switch code {
        case .rootReplaced: "cannot \(operation) \(place): another directory stands there than the plan was made for"
        case .system: "cannot \(operation) \(place): \(cause)"
        }
    }
}
