package import WardenModel

/// Why a run ended before it had an answer. The command line gives each its exit code.
package enum AgentError: Error, Sendable {
    /// Policies or settings are wrong; all of it at once, sorted.
    case badPolicies([Diagnostic])
    /// Another run holds the lock.
    case busy(String)
    /// The saved plan does not fit what is there now; what moved, line by line.
    case stalePlan([String])
    /// Anything else: what was tried and why it failed, and what to do where that is known.
    case failed(String, remedy: String?)
    /// A signal ended it before there was an answer.
    case interrupted
}

extension AgentError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badPolicies(let diagnostics): diagnostics.map { "\($0)" }.joined(separator: "\n")
        case .busy(let path): "another run holds the lock '\(path)'"
        case .stalePlan(let lines):
            "the plan was made from a state that is no longer there, nothing was changed\n"
                + lines.map { "  \($0)" }.joined(separator: "\n")
        case .failed(let message, let remedy): remedy.map { "\(message)\nhelp: \($0)" } ?? message
        case .interrupted: "interrupted before there was an answer; nothing was changed"
        }
    }
}
