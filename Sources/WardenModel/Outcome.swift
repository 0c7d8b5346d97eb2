package import SystemPackage

/// What became of one subject of a change.
package enum Outcome: Hashable, Sendable {
    case applied
    case skipped(Skip)
    case failed(operation: String, Errno)

    /// Why a subject was left alone though the plan named it.
    package enum Skip: String, Hashable, Sendable, Codable {
        /// Somebody removed it: normal in a cache.
        case vanished
        /// Another inode stands at the name now.
        case replaced
        /// Somebody changed its state since the plan was made.
        case changed
        /// The run was ended before its turn came.
        case interrupted
        /// What was written does not read back: a right is missing (`CAP_FSETID`) or somebody interferes.
        case notVerified = "not-verified"
        /// It turned into something that is never touched.
        case refused
        /// A private file that does not hold what its name says: it may be anybody's, and stays private.
        case unproven
    }
}

extension Outcome {
    /// Whether the change was wanted, possible by the plan, and did not come about.
    package var isFailure: Bool {
        switch self {
        case .failed, .skipped(.notVerified), .skipped(.refused), .skipped(.unproven): true
        case .applied, .skipped: false
        }
    }
}

/// What became of all subjects of one change.
package struct ChangeOutcome: Sendable {
    package struct Exception: Sendable {
        package let path: RelativePath
        package let outcome: Outcome

        package init(path: RelativePath, outcome: Outcome) {
            self.path = path
            self.outcome = outcome
        }
    }

    /// The change's place in its cache's plan.
    package let change: Int
    package var applied: Int
    /// Every subject that was not applied, `.vanished` ones included.
    package var exceptions: [Exception]

    package init(change: Int, applied: Int = 0, exceptions: [Exception] = []) {
        self.change = change
        self.applied = applied
        self.exceptions = exceptions
    }
}
