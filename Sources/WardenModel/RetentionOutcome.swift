package import SystemPackage

/// Why an entry that was to go is still there, or went without its output.
package enum KeptReason: String, Hashable, Sendable, Codable, CaseIterable {
    /// Somebody used it after the plan was made.
    case used
    /// Somebody has it open.
    case open
    /// Another inode stands at the name.
    case replaced
    /// It turned into something that is never touched.
    case refused
    /// Its action was not removed, or not provably unread: the output waits for a later run.
    case waiting
    /// The budget was spent.
    case budget
    /// The run was ended before its turn.
    case interrupted
}

/// What became of a retention plan.
package struct RetentionOutcome: Sendable {
    package struct Failure: Sendable {
        package let path: RelativePath
        /// An infinitive: `remove`, `open`.
        package let operation: String
        package let cause: Errno

        package init(path: RelativePath, operation: String, cause: Errno) {
            self.path = path
            self.operation = operation
            self.cause = cause
        }
    }

    /// Names that were removed.
    package var removed = 0
    package var freed = ByteCount.zero
    package var removedByRule: [RuleID: Int] = [:]
    /// The last use of the youngest entry that was removed; seconds since the epoch.
    package var youngest: UInt32?
    /// Names that were gone before their turn.
    package var vanished = 0
    package var kept: [KeptReason: Int] = [:]
    package var failureCount = 0
    /// The first few.
    package var failures: [Failure] = []
    /// mtimes that were set.
    package var timesSet = 0
    package var trimRefreshed = false
    /// What `go clean -cache` said, where it was run.
    package var goClean: GoCleanReport?

    package init() {}

    package mutating func fail(_ path: RelativePath, _ operation: String, _ cause: Errno) {
        failureCount += 1
        guard failures.count < 10 else { return }
        failures.append(Failure(path: path, operation: operation, cause: cause))
    }

    /// Adds what another thread did.
    package mutating func add(_ other: RetentionOutcome) {
        removed += other.removed
        freed += other.freed
        removedByRule.merge(other.removedByRule, uniquingKeysWith: +)
        youngest = [youngest, other.youngest].compactMap { $0 }.max()
        vanished += other.vanished
        kept.merge(other.kept, uniquingKeysWith: +)
        failureCount += other.failureCount
        failures = Array((failures + other.failures).prefix(10))
        timesSet += other.timesSet
        trimRefreshed = trimRefreshed || other.trimRefreshed
        goClean = goClean ?? other.goClean
    }
}

/// How `go clean -cache` went.
package struct GoCleanReport: Hashable, Sendable {
    /// Whether it ended with 0 and the cache is empty, as measured.
    package let isEffective: Bool
    /// One sentence: what happened.
    package let summary: String
    /// What it printed, escaped, cut after 64 KiB.
    package let output: String

    package init(isEffective: Bool, summary: String, output: String) {
        self.isEffective = isEffective
        self.summary = summary
        self.output = output
    }
}
