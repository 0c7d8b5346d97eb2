package import SystemPackage

/// What runs found and did on a host over a span of time, as its audit log tells it.
package struct History: Sendable {
    /// The runs of the span.
    package struct Runs: Hashable, Sendable {
        /// Runs that changed, or might have changed, something: those alone write to the log.
        package var count = 0
        /// How those that came to their end ended.
        package var verdicts: [RunReport.Verdict: Int] = [:]
        /// Those of which nobody knows how they ended: killed, or still running.
        package var unfinished = 0
        /// When the last of them began.
        package var last: Timestamp?
        /// When a run last ended with everything as the policies say, be it before the span.
        package var lastSuccess: Timestamp?

        package init() {}
    }

    /// One cache of the host.
    package struct Cache: Sendable {
        package let name: String
        package let path: FilePath
        package var trend: Trend
        package var drift = DriftHistory()
        /// Names that were removed, by the rule that wanted it.
        package var removed: [String: Int] = [:]
        package var freed = ByteCount.zero
        /// Inodes that were changed.
        package var changed = 0
        /// Changes and removals that failed.
        package var failed = 0

        package init(name: String, path: FilePath, trend: Trend) {
            self.name = name
            self.path = path
            self.trend = trend
        }
    }

    /// The log that tells it.
    package let log: FilePath
    package let since: Timestamp
    package let until: Timestamp
    /// The host's name in the last run; `nil` where there was none.
    package var host: String?
    package var runs = Runs()
    /// Sorted by path.
    package var caches: [Cache] = []
    /// Everything that is no cache: files that deliver variables, toolchains, waivers.
    package var hostDrift = DriftHistory()
    /// Lines of the log that could not be read.
    package var unreadable = 0

    package init(log: FilePath, since: Timestamp, until: Timestamp) {
        self.log = log
        self.since = since
        self.until = until
    }

    /// From the last success to the end of the span; `nil` where there was none.
    package var sinceLastSuccess: Duration? { runs.lastSuccess.map { until.since($0) } }
}
