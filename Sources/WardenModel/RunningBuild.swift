package import SystemPackage

/// A `go` command that runs now, and may hold entries of a cache by their paths.
package struct RunningBuild: Hashable, Sendable {
    package enum Evidence: String, Hashable, Sendable, Codable {
        /// Its effective GOCACHE is the cache.
        case usesCache = "uses-cache"
        /// Its environment cannot be read, or what it says cannot be resolved: it counts.
        case unknown
    }

    package enum Activity: String, Hashable, Sendable, Codable {
        case building
        /// Reads corpora below `fuzz/`.
        case fuzzing
    }

    package let process: Int32
    package let user: UserID
    /// Never later than it really started.
    package let startedAt: Timestamp
    /// The first words of its command line, escaped for display.
    package let command: String
    package let evidence: Evidence
    package let activity: Activity

    package init(
        process: Int32, user: UserID, startedAt: Timestamp, command: String, evidence: Evidence,
        activity: Activity = .building
    ) {
        self.process = process
        self.user = user
        self.startedAt = startedAt
        self.command = command
        self.evidence = evidence
        self.activity = activity
    }
}

/// What is known of the builds that run on a cache.
package enum BuildObservation: Sendable {
    /// Sorted by start, the oldest first.
    case known([RunningBuild])
    /// There is no `/proc`: nothing can be said, so nothing may go.
    case unknown

    package var builds: [RunningBuild] {
        if case .known(let builds) = self { builds } else { [] }
    }
}
