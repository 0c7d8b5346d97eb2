import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenPolicy
import WardenReport
import WardenTestSupport

@Suite("History") struct HistoryReportTests {
    static let noon = ReportFixtures.noon

    static func run(
        _ moment: Timestamp, _ found: [String: Int], _ standing: [String: Int] = [:], policy: String = "a"
    ) -> DriftHistory.Run {
        DriftHistory.Run(moment: moment, policy: policy, only: nil, found: found, standing: standing)
    }

    /// Twenty days of a cache that grows, is evicted, and is tampered with now and then.
    static func history(named name: String = "go-build", at path: FilePath = "/var/cache/go-build") -> History {
        let since = Timestamp(seconds: noon.seconds - 30 * 86_400)
        var history = History(log: "/var/log/cachewarden/audit.jsonl", since: since, until: noon)
        history.host = "build-7"
        history.runs.count = 20
        history.runs.verdicts = [.repaired: 17, .partlyRepaired: 2]
        history.runs.unfinished = 1
        history.runs.last = noon
        history.runs.lastSuccess = Timestamp(seconds: noon.seconds - 5 * 3_600)
        var cache = History.Cache(name: name, path: path, trend: Trend(since: since, until: noon))
        for day in 0..<20 {
            let moment = Timestamp(seconds: noon.seconds - Int64(19 - day) * 86_400)
            let found = ByteCount(UInt64(6 + day % 5) << 30)
            let left = min(found, ByteCount(8 << 30))
            cache.trend.add(
                Trend.Point(
                    moment: moment, found: found, left: left, entries: 400_000 + day, limit: ByteCount(9 << 30)))
            var drift = day % 5 == 4 ? ["size-exceeded": 1] : [:]
            if day % 7 == 3 { drift["entry-mode"] = 12 }
            cache.drift.add(run(moment, drift, day == 17 ? drift : [:], policy: day < 10 ? "a" : "b"), counts: true)
        }
        cache.removed = ["size-exceeded": 41_000, "age-exceeded": 310]
        cache.freed = ByteCount(91 << 30)
        (cache.changed, cache.failed) = (36, 2)
        history.caches = [cache]
        history.hostDrift.add(run(noon, ["environment-missing": 1], ["environment-missing": 1]), counts: true)
        return history
    }

    private func text(_ history: History, _ style: TextStyle = .plain) -> String {
        HistoryReport(history).text(style: style, columns: 100)
    }

    @Test func looksAsRecorded() throws {
        try expectSnapshot(text(Self.history()), "history")
        try expectSnapshot(text(Self.history(), .colored), "history-colored")
        try expectSnapshot(String(decoding: HistoryReport(Self.history()).csv(), as: UTF8.self), "history-csv")
        try expectSnapshot(String(decoding: HistoryReport(Self.history()).json(), as: UTF8.self), "history-json")
    }

    @Test func saysThatNothingRan() {
        let history = History(log: "/l", since: Timestamp(seconds: 0), until: Timestamp(seconds: 86_400))
        #expect(text(history).contains("1970-01-01 00:00Z to 1970-01-02 00:00Z: no run"))
        #expect(text(history).contains("success   never"))
    }

    @Test func keepsHostileNamesText() throws {
        let evil = "=cmd|'<script>alert(1)</script>\u{1b}[2J\u{202e}\","
        let report = HistoryReport(Self.history(named: evil, at: FilePath("/\(evil)")))
        let page = String(decoding: report.html(), as: UTF8.self)
        #expect(!page.contains("<script") && !page.contains("\u{1b}"))
        #expect(!report.text(style: .plain, columns: 100).contains("\u{1b}"))
        let rows = String(decoding: report.csv(), as: UTF8.self).split(separator: "\r\n")
        #expect(rows.count == 21 && rows[1].hasPrefix("\"'=cmd|"))
        let json = try JSONSerialization.jsonObject(with: Data(report.json())) as? [String: Any]
        let caches = json?["caches"] as? [[String: Any]]
        #expect(caches?.first?["name"] as? String == evil)
    }

    @Test func isWholeAndNeedsNothingElse() throws {
        let reader = PageReader(HistoryReport(Self.history()).html())
        reader.expectWhole()
        let drift = try reader.rows(of: "Drift by rule, in runs")
        #expect(drift.first == ["size-exceeded", "4", "4", "0", "0", "0", "2026-11-23 12:00Z", "none"])
    }

    /// A page of its own, and a section of a run's page.
    @Test func drawsTheTrend() throws {
        var report = ReportFixtures.partlyRepaired
        let before = HTMLReport(report, references: RuleID.allCases.map(RuleReference.of)).render()
        report.history = Self.history()
        let after = HTMLReport(report, references: RuleID.allCases.map(RuleReference.of)).render()
        #expect(!String(decoding: before, as: UTF8.self).contains("<svg"))
        for bytes in [after, HistoryReport(Self.history()).html()] {
            let page = String(decoding: bytes, as: UTF8.self)
            #expect(page.components(separatedBy: "<svg").count == 2 && page.contains("role=\"img\""))
            for line in ["class=\"left\"", "class=\"found\"", "class=\"limit\""] { #expect(page.contains(line)) }
            #expect(page.contains("<caption>Drift by rule, in runs</caption>"))
            let points = try #require(page.firstMatch(of: /class="left" points="([^"]+)"/)?.1).split(separator: " ")
            #expect(points.count == 20)
            let numbers = points.flatMap { $0.split(separator: ",").compactMap { Double($0) } }
            #expect(numbers.count == 40 && numbers.allSatisfy { (0...640).contains($0) })
        }
    }

    @Test func leavesOutALimitThatIsFarAway() {
        var history = Self.history()
        var trend = Trend(since: history.since, until: history.until)
        for point in history.caches[0].trend.points {
            trend.add(
                Trend.Point(
                    moment: point.moment, found: point.found, left: point.left, entries: 1, limit: ByteCount(.max)))
        }
        history.caches[0].trend = trend
        #expect(!String(decoding: HistoryReport(history).html(), as: UTF8.self).contains("class=\"limit\""))
    }
}
