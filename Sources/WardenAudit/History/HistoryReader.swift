package import SystemPackage
package import WardenModel

/// Reads a host's history out of its audit log. Says nothing of whether the log is whole: `AuditVerification` does.
package enum HistoryReader {
    private static let kinds: Set<AuditEventKind> = [.runStarted, .cacheMeasured, .hostMeasured, .runEnded]

    /// Reads all files of a log, in memory that grows with the number of caches alone.
    ///
    /// Runs before the span count for what they left: without them nothing could be said to have come back.
    package static func read(
        _ log: FilePath, since: Timestamp, until: Timestamp
    ) throws(AuditError) -> History {
        var reader = try AuditReader(log, kinds: kinds)
        var tally = HistoryTally(log: log, since: since, until: until)
        while let item = try reader.next() {
            switch item {
            case .record(let record): tally.add(record)
            case .unreadable: tally.countUnreadable()
            }
        }
        return tally.history
    }
}

/// A history that is being read. Records come in the order of the log.
struct HistoryTally {
    private var result: History
    private var caches: [FilePath: History.Cache] = [:]
    /// The run whose end has not been read.
    private var open: (run: String, isInSpan: Bool)?

    init(log: FilePath, since: Timestamp, until: Timestamp) {
        result = History(log: log, since: since, until: until)
    }

    var history: History {
        var history = result
        if open?.isInSpan == true { history.runs.unfinished += 1 }
        history.caches = caches.values.filter { !$0.trend.points.isEmpty || !$0.drift.rules.isEmpty }
            .sorted { $0.path.string < $1.path.string }
        return history
    }

    mutating func countUnreadable() { result.unreadable += 1 }

    mutating func add(_ record: AuditRecord) {
        guard let moment = Timestamp(rfc3339: record.time), moment <= result.until else { return }
        let isInSpan = moment >= result.since
        switch record.event {
        case .runStarted(let start): begin(start, record, moment, isInSpan)
        case .cacheMeasured(let measured): add(measured, moment, isInSpan)
        case .hostMeasured(let measured):
            result.hostDrift.add(
                run(measured.drift, measured.policies.joined(separator: " "), moment), counts: isInSpan)
        case .runEnded(let end): self.end(end, moment, isInSpan)
        default: break
        }
    }

    private mutating func begin(_ start: RunStarted, _ record: AuditRecord, _ moment: Timestamp, _ isInSpan: Bool) {
        if open?.isInSpan == true { result.runs.unfinished += 1 }
        open = (record.run, isInSpan)
        guard isInSpan else { return }
        result.host = start.host
        result.runs.count += 1
        result.runs.last = moment
    }

    private mutating func end(_ end: RunEnded, _ moment: Timestamp, _ isInSpan: Bool) {
        // A run that began before the span is none of its runs.
        if open?.isInSpan == true { result.runs.verdicts[end.verdict, default: 0] += 1 }
        open = nil
        if end.exitCode == 0 { result.runs.lastSuccess = moment }
    }

    private mutating func add(_ measured: CacheMeasured, _ moment: Timestamp, _ isInSpan: Bool) {
        var cache =
            caches[measured.path]
            ?? History.Cache(
                name: measured.cache, path: measured.path, trend: Trend(since: result.since, until: result.until))
        cache.drift.add(run(measured.drift, measured.policy ?? "", moment), counts: isInSpan)
        if isInSpan {
            if let after = measured.after {
                cache.trend.add(
                    Trend.Point(
                        moment: moment, found: ByteCount((measured.before ?? after).bytes),
                        left: ByteCount(after.bytes), entries: after.entries,
                        limit: measured.limits.bytes.map { ByteCount($0) }))
            }
            cache.removed.merge(measured.work.removed, uniquingKeysWith: +)
            cache.freed += ByteCount(measured.work.freedBytes)
            cache.changed += measured.work.changed
            cache.failed += measured.work.failed
        }
        caches[measured.path] = cache
    }

    private func run(_ drift: DriftCounts, _ policy: String, _ moment: Timestamp) -> DriftHistory.Run {
        DriftHistory.Run(
            moment: moment, policy: policy, only: drift.only.map(Set.init), found: drift.found,
            standing: drift.standing)
    }
}
