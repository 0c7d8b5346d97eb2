package import SystemPackage

/// Who wrote into a cache while it was traced, and what else must be known to tell it.
package struct TraceReport: Sendable {
    package let opening: TraceOpening
    package let finishedAt: Timestamp
    package let rollup: TraceRollup
    /// How often events were lost: the kernel dropped them, or a directory could not be watched.
    package let lostCount: Int
    package let userNames: [UserID: String]

    package init(
        opening: TraceOpening, finishedAt: Timestamp, rollup: TraceRollup, lostCount: Int, userNames: [UserID: String]
    ) {
        self.opening = opening
        self.finishedAt = finishedAt
        self.rollup = rollup
        self.lostCount = lostCount
        self.userNames = userNames
    }
}
