package import SystemPackage
package import WardenLinux
package import WardenModel

/// What somebody asked the agent to do.
package struct RunRequest: Sendable {
    /// What a run is about.
    package enum Target: Sendable {
        /// Every cache of the policies; without any policy the caller's own.
        case allCaches
        /// One cache, by its name in a policy or by a path that no policy need speak of.
        case cache(String)
        /// Whatever cache a path stands in, which is found out later.
        case entry
    }

    package let command: RunReport.Command
    /// Files and folders; empty for the default folder, and without that for the caller's own cache.
    package var policies: [FilePath] = []
    package var settings: FilePath?
    /// Added to the host's own, for choosing policies.
    package var labels: [String: String] = [:]
    /// In place of the host's own name, for choosing policies.
    package var hostName: String?
    /// Findings of other rules are left out; empty for all rules. Changes only what these rules find.
    package var only: Set<RuleID> = []
    /// What `only` stands for.
    var rules: Set<RuleID> { only.isEmpty ? Set(RuleID.allCases) : only }
    package var threads: Int
    /// How far back the report tells of earlier runs; `nil`: it does not.
    package var historySpan: Duration?
    package var progress = WalkProgress()
    package var target = Target.allCaches
    /// The policies and settings in force; without them they are read.
    package var loaded: LoadedPolicies?
    /// What a watching agent has found by itself.
    package var watchFindings: [Finding] = []
    /// The plan to carry out; without one a fresh plan is.
    package var savedPlan: SavedPlan?

    package init(command: RunReport.Command, threads: Int) {
        self.command = command
        self.threads = threads
    }
}

/// What `plan --out` wrote, and where it was read.
package struct SavedPlan: Sendable {
    package let path: FilePath
    package let bytes: [UInt8]

    package init(path: FilePath, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}
