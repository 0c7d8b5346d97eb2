import Foundation
import SystemPackage
import Testing
import WardenAudit
import WardenModel

/// What history says of a log, and what it costs.
struct HistoryReaderTests {
    private static let now = Timestamp(seconds: 1_795_406_470)
    private static let cache = FilePath("/var/cache/go-build")

    private struct Run {
        var days: Int64
        var policy = "a"
        var mode = 0
        var bytes: UInt64 = 1 << 30
        var verdict: RunReport.Verdict? = .repaired
        var removed = 0
    }

    private func write(_ runs: [Run], to folder: borrowing LogFolder, _ options: AuditOptions = .small) throws {
        for (index, run) in runs.enumerated() {
            let moment = Timestamp(seconds: Self.now.seconds - run.days * 86_400)
            let log = try AuditLog.open(at: folder.log, now: { moment }, run: "run-\(index)", options: options)
            try log.append(Sample.start)
            try log.append(Sample.evictionIntention)
            let intended = log.head.sequence
            try log.append(Sample.retentionConclusion(of: intended))
            let found = run.mode > 0 ? [Self.finding(run.mode)] : []
            try log.append(
                .cacheMeasured(
                    CacheMeasured(
                        cache: "go-build", path: Self.cache, policy: run.policy,
                        before: .init(bytes: run.bytes + 4_096, entries: 12),
                        after: .init(bytes: run.bytes, entries: 10),
                        limits: .init(bytes: 2 << 30, entries: nil),
                        drift: DriftCounts(
                            found: found, standing: run.verdict == .drift ? found : [],
                            rules: Set(RuleID.allCases)),
                        work: .init(
                            removed: run.removed > 0 ? ["size-exceeded": run.removed] : [:], freedBytes: 4_096,
                            changed: run.mode, failed: 0))))
            guard let verdict = run.verdict else { continue }
            try log.append(
                .runEnded(
                    RunEnded(
                        verdict: verdict, exitCode: verdict == .repaired ? 0 : 2, findings: 0, applied: 0, skipped: 0,
                        failed: 0,
                        elapsed: .seconds(1))))
            _ = try log.finish()
        }
    }

    private static func finding(_ count: Int) -> Finding {
        Finding(
            rule: .entryMode, severity: .medium, disposition: .repairable, cache: "go-build", subject: "/",
            count: count,
            wanted: "", found: "", remedy: "")
    }

    private func history(_ folder: borrowing LogFolder, days: Int64 = 30) throws -> History {
        try HistoryReader.read(
            folder.log, since: Timestamp(seconds: Self.now.seconds - days * 86_400), until: Self.now)
    }

    @Test func tellsHowACacheWent() throws {
        let folder = try LogFolder()
        try write(
            [
                Run(days: 40, mode: 1), Run(days: 20), Run(days: 10, mode: 5, bytes: 3 << 30, removed: 7),
                Run(days: 9, policy: "b", mode: 2, verdict: .drift), Run(days: 8, policy: "b", mode: 2, verdict: nil),
                Run(days: 1, policy: "b", removed: 3),
            ], to: folder)
        let history = try history(folder)
        #expect(history.runs.count == 5 && history.runs.verdicts == [.repaired: 3, .drift: 1])
        #expect(history.runs.unfinished == 1)
        #expect(history.sinceLastSuccess == .seconds(86_400))
        #expect(history.host == "build-7" && history.unreadable == 0)
        let cache = try #require(history.caches.first)
        #expect(history.caches.count == 1 && cache.path == Self.cache)
        #expect(cache.removed == ["size-exceeded": 10] && cache.freed == ByteCount(5 * 4_096) && cache.changed == 9)
        #expect(cache.trend.points.count == 5)
        #expect(cache.trend.largest == ByteCount(3 << 30) + ByteCount(4_096))
        let mode = try #require(cache.drift.rules.first)
        #expect(mode.runs == [.cameBack: 1, .policyChanged: 1, .stood: 1] && mode.standing == 0)
        // What came before the span is not counted, and yet the runs in it are no beginners.
        #expect(try self.history(folder, days: 0).runs.count == 0)
        #expect(try self.history(folder, days: 0).sinceLastSuccess == .seconds(86_400))
        #expect(try self.history(folder, days: 100).caches.first?.drift.rules.first?.runs[.first] == 1)
    }

    @Test func readsEveryFileOfALogThatWasRotated() throws {
        let folder = try LogFolder()
        try write((0..<20).map { Run(days: 20 - Int64($0)) }, to: folder, .rotating(at: 4_000, keep: 100))
        #expect(try folder.names().count > 3)
        let history = try history(folder)
        #expect(history.runs.count == 20 && history.caches.first?.trend.points.count == 20)
    }

    @Test func countsWhatItCannotRead() throws {
        let folder = try LogFolder()
        try write([Run(days: 2), Run(days: 1)], to: folder)
        var lines = try folder.lines()
        let place = try #require(lines.firstIndex { String(decoding: $0, as: UTF8.self).contains("cache-measured") })
        lines[place][200] ^= 1
        lines.append(Array("no record".utf8))
        try folder.write(lines: lines)
        let history = try history(folder)
        #expect(history.unreadable == 2 && history.caches.first?.trend.points.count == 1)
    }

    /// A run's id, a cache's name, a path: none of them can pass for a record's kind.
    @Test(arguments: [#"","event":"log-started"#, #"\",\"event\":\"x"#, "\u{202e}"])
    func isNotMisledByNames(_ hostile: String) throws {
        let folder = try LogFolder()
        let log = try AuditLog.open(at: folder.log, now: { Self.now }, run: hostile, options: .small)
        try log.append(Sample.start)
        try log.append(
            .runEnded(
                RunEnded(
                    verdict: .compliant, exitCode: 0, findings: 0, applied: 0, skipped: 0, failed: 0, elapsed: .zero)))
        _ = try log.finish()
        #expect(try history(folder).runs.verdicts == [.compliant: 1])
        var reader = try AuditReader(folder.log, kinds: [.runEnded])
        guard case .record(let record) = try reader.next() else {
            Issue.record("no record")
            return
        }
        #expect(record.kind == .runEnded && record.run == hostile)
        #expect(try reader.next() == nil)
    }
}
