package import WardenModel

/// Who writes down what retention is about to do, and what became of it.
///
/// Called from several threads at once. An error of `intend` stops the run before the step it speaks of.
package protocol RetentionJournal: Sendable {
    /// Records a step that is about to be taken, and returns a token.
    func intend(_ step: RetentionStep, of plan: CachePlan) throws -> UInt64

    /// Records what became of it; `exceptions` are the names that are still there.
    func conclude(_ token: UInt64, _ outcome: RetentionOutcome, exceptions: [RetentionException]) throws
}

/// What is done, written down and concluded together.
package enum RetentionStep: Sendable {
    /// These units of the plan's evictions go.
    case evict(Range<Int>)
    /// These times of the plan's list are set.
    case setTimes(Range<Int>)
    case refreshTrim(TrimRefresh)
    /// `go clean -cache` is run as this user.
    case cleanWithGo(user: String)
}

/// A name that was to be removed or changed, and was not.
package struct RetentionException: Sendable {
    package let path: RelativePath
    /// `vanished`, `failed`, or a `KeptReason`.
    package let reason: String

    package init(path: RelativePath, reason: String) {
        self.path = path
        self.reason = reason
    }
}
