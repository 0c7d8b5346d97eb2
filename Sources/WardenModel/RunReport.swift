package import SystemPackage

/// All that one run has to say, for every renderer. Built by the agent; renderers add nothing and drop nothing.
package struct RunReport: Sendable {
    package enum Command: String, Sendable, Codable {
        case check, plan, apply
        /// Sizes, counts, ages and owners; no findings.
        case stat
        /// Emptying one cache.
        case clean
        /// Comparing outputs with their names, and removing those that differ.
        case verify
    }

    /// The answer to "is this host as its policies say?".
    package enum Verdict: String, Sendable, Codable, CaseIterable {
        case compliant
        /// Findings stand, or changes wait.
        case drift
        /// Drift was found and all of it repaired.
        case repaired
        /// Some changes were made, others were skipped, refused or failed.
        case partlyRepaired = "partly-repaired"
        /// The run could not go near a cache, or could not look at it.
        case failed
    }

    package struct PolicyFile: Sendable {
        package let name: String
        package let path: FilePath?
        /// SHA-256 of the bytes that were read, lower-case hexadecimal; `nil` for a built-in policy.
        package let digest: String?
        /// Where it speaks of each cache, by the cache root's path.
        package let caches: [FilePath: PolicyPlace]

        package init(name: String, path: FilePath?, digest: String?, caches: [FilePath: PolicyPlace] = [:]) {
            self.name = name
            self.path = path
            self.digest = digest
            self.caches = caches
        }
    }

    /// One cache before the run, and after it where the run changed something.
    package struct Cache: Sendable {
        package let plan: CachePlan
        package let before: CacheObservation
        package let outcomes: [ChangeOutcome]
        /// Observed again and planned again after an apply.
        package let after: CacheObservation?
        package let remaining: [Finding]?
        /// What became of the plan's retention; `nil` where there was none.
        package let retention: RetentionOutcome?

        package init(
            plan: CachePlan, before: CacheObservation, outcomes: [ChangeOutcome] = [],
            after: CacheObservation? = nil, remaining: [Finding]? = nil, retention: RetentionOutcome? = nil
        ) {
            self.plan = plan
            self.before = before
            self.outcomes = outcomes
            self.after = after
            self.remaining = remaining
            self.retention = retention
        }

        /// How many inodes were changed, removed ones included; refreshing `trim.txt` in time changes nothing.
        package var appliedCount: Int {
            outcomes.reduce(0) { $0 + $1.applied } + (retention.map { $0.removed + $0.timesSet } ?? 0)
        }

        /// How many inodes changed that are still there.
        package var changedCount: Int { appliedCount - (retention?.removed ?? 0) }

        /// How many changes and removals failed.
        package var failedCount: Int {
            outcomes.reduce(0) { $0 + $1.exceptions.count { $0.outcome.isFailure } } + (retention?.failureCount ?? 0)
        }

        /// The findings that stand when the run ends.
        package var standing: [Finding] { remaining ?? plan.findings }
    }

    /// How builds find their caches: what was planned, what became of it, and what is left.
    package struct Delivery: Sendable {
        package static let nothing = Delivery(plan: .nothing)

        package let plan: DeliveryPlan
        /// By the places of the files in the plan; empty where none was to be changed.
        package let outcomes: [Int: FileOutcome]
        /// Observed again after a change.
        package let remaining: [Finding]?

        package init(plan: DeliveryPlan, outcomes: [Int: FileOutcome] = [:], remaining: [Finding]? = nil) {
            self.plan = plan
            self.outcomes = outcomes
            self.remaining = remaining
        }

        package var appliedCount: Int { outcomes.values.count { $0 == .applied } }
        /// The findings that stand when the run ends.
        package var standing: [Finding] { remaining ?? plan.allFindings }
    }

    /// One toolchain: what was planned, what became of it, and what is left.
    package struct Toolchain: Sendable {
        package let plan: ToolchainPlan
        /// `nil` where nothing was to be installed.
        package let outcome: ToolchainOutcome?
        /// Observed and planned again after an installation.
        package let after: ToolchainPlan?

        package init(plan: ToolchainPlan, outcome: ToolchainOutcome? = nil, after: ToolchainPlan? = nil) {
            self.plan = plan
            self.outcome = outcome
            self.after = after
        }

        package var isInstalled: Bool { if case .installed = outcome { true } else { false } }
        /// The findings that stand when the run ends.
        package var standing: [Finding] { (after ?? plan).findings }
    }

    package struct AuditHead: Sendable {
        package let path: FilePath
        package let sequence: UInt64
        /// The last record's hash, lower-case hexadecimal.
        package let hash: String
        /// Whether every record of the log is as runs wrote it; `nil` where nobody has looked.
        package var isWhole: Bool?

        package init(path: FilePath, sequence: UInt64, hash: String) {
            self.path = path
            self.sequence = sequence
            self.hash = hash
        }
    }

    package let command: Command
    /// The agent's version.
    package let version: String
    package let runID: String
    package let host: String
    package let startedAt: Timestamp
    package let finishedAt: Timestamp
    package let policies: [PolicyFile]
    /// What the run looked for.
    package let rules: Set<RuleID>
    package let caches: [Cache]
    package let toolchains: [Toolchain]
    package let delivery: Delivery
    /// Every waiver of the policies beside what it accepts, those that end first before others.
    package let waivers: [WaiverStatus]
    /// On waivers that have ended, or accept nothing.
    package let waiverFindings: [Finding]
    /// On policies that are not in force, and caches that are not watched: what only a watching agent finds.
    package let watchFindings: [Finding]
    /// Hints that belong to no finding: where the cache was found, what to run next.
    package var notes: [String]
    package let nextSteps: [String]
    package var verdict: Verdict
    /// How it went before, where somebody read it.
    package var history: History?
    package var audit: AuditHead?
    /// Names of the ids that occur, for display: an id that is not here has no name on this host.
    package let userNames: [UserID: String]
    package let groupNames: [GroupID: String]

    package init(
        command: Command, version: String, runID: String, host: String, startedAt: Timestamp, finishedAt: Timestamp,
        policies: [PolicyFile], rules: Set<RuleID> = Set(RuleID.allCases), caches: [Cache],
        toolchains: [Toolchain] = [],
        delivery: Delivery = .nothing, waivers: [WaiverStatus] = [], waiverFindings: [Finding] = [],
        watchFindings: [Finding] = [],
        notes: [String],
        nextSteps: [String],
        verdict: Verdict, audit: AuditHead?, userNames: [UserID: String], groupNames: [GroupID: String]
    ) {
        self.command = command
        self.version = version
        self.runID = runID
        self.host = host
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.policies = policies
        self.rules = rules
        self.caches = caches
        self.toolchains = toolchains
        self.delivery = delivery
        self.waivers = waivers
        self.waiverFindings = waiverFindings
        self.watchFindings = watchFindings
        self.notes = notes
        self.nextSteps = nextSteps
        self.verdict = verdict
        self.audit = audit
        self.userNames = userNames
        self.groupNames = groupNames
    }

    /// The findings that stand when the run ends.
    package var standing: [Finding] {
        toolchains.flatMap(\.standing) + caches.flatMap(\.standing) + delivery.standing + waiverFindings
            + watchFindings
    }
}
