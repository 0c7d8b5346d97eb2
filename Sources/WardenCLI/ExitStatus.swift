internal import ArgumentParser
package import WardenAgent

/// The one table of exit codes (policy-language.md, "Exit codes"). 64 is the argument parser's own for usage.
package enum ExitStatus: Int32 {
    case compliant = 0
    case failed = 1
    case drift = 2
    case partlyApplied = 3
    case badPolicy = 65
    case locked = 75

    var exitCode: ExitCode { ExitCode(rawValue) }

    /// Returns the code of a run that ended without an answer.
    ///
    /// - Parameter isScheduled: Whether a timer started it: that another run is at work is then no failure.
    package static func of(_ error: AgentError, isScheduled: Bool = false) -> ExitStatus {
        switch error {
        case .badPolicies: .badPolicy
        case .busy: isScheduled ? .compliant : .locked
        case .stalePlan, .failed, .interrupted: .failed
        }
    }
}
