internal import WardenLinux
internal import WardenModel

/// Why an installation ended before the new toolchain stood.
enum InstallationStop: Error {
    case unchanged, inUse, interrupted, replaced
    case failed(String)

    init(_ error: ArchiveError) {
        self = error == .interrupted ? .interrupted : .failed(error.description)
    }

    var outcome: ToolchainOutcome {
        switch self {
        case .unchanged: .unchanged
        case .inUse: .inUse
        case .interrupted: .interrupted
        case .replaced: .failed("something else stands there than when it was looked at")
        case .failed(let complaint): .failed(complaint)
        }
    }
}

/// What became of the remains of earlier runs.
package enum ToolchainSweep: Hashable, Sendable {
    /// There are none any more.
    case clean
    /// A toolchain that was replaced is still run; the next run tries again.
    case inUse
    /// The text is a complaint for people.
    case failed(String)
}
