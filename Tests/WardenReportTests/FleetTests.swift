import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("A fleet's roll-up") struct FleetTests {
    private func bytes(_ report: RunReport) throws -> [UInt8] { try JSONReport(report).render() }

    private func host(_ report: RunReport) throws -> FleetHost { try FleetHost(parsing: try bytes(report)) }

    private func report(_ name: String, _ verdict: RunReport.Verdict, _ findings: [Finding]) -> RunReport {
        ReportFixtures.report(
            .check, verdict, [.init(plan: ReportFixtures.plan(findings, []), before: ReportFixtures.observation())],
            host: name)
    }

    private func fleet() throws -> FleetSummary {
        var summary = FleetSummary()
        summary.add(try host(report("b", .drift, [ReportFixtures.entryACL, ReportFixtures.stranger])))
        summary.add(try host(report("a", .compliant, [])))
        summary.add(try host(report("c", .failed, [ReportFixtures.entryACL])))
        summary.add(try host(ReportFixtures.waived))
        return summary
    }

    @Test func readsWhatRunsWrite() throws {
        let host = try host(ReportFixtures.retained(.apply, .partlyRepaired, outcome: ReportFixtures.outcome))
        #expect(host.verdict == .partlyRepaired && host.host == "build-7" && host.version == "0.1.0")
        #expect(host.caches.map(\.path) == ["/var/cache/go-build"])
        #expect(host.caches.first?.limit == ByteCount(10 << 30))
        // What a run left counts, not what it found.
        let repaired = try self.host(ReportFixtures.partlyRepaired)
        #expect(repaired.findings == ["entry-stranger": 1] && repaired.worst == .low)
        let waived = try self.host(ReportFixtures.waived)
        #expect(waived.waived == 1 && waived.findings["waiver-expired"] == 1 && waived.findings["entry-acl"] == nil)
    }

    @Test(arguments: ForeignReaderTests.reports.keys.sorted())
    func readsEveryReport(_ name: String) throws {
        let report = try #require(ForeignReaderTests.reports[name])
        #expect(try host(report).findingCount == report.standing.count(where: \.isDrift))
    }

    @Test(arguments: ["", "{", "[]", "{}", "null", "{\"schema\":\"cachewarden.report/1\"}", "\u{0}"])
    func refusesWhatIsNoReport(_ text: String) {
        #expect(throws: FleetHost.Failure.self) { try FleetHost(parsing: Array(text.utf8)) }
    }

    @Test func refusesAnotherVersion() throws {
        let text = String(decoding: try bytes(ReportFixtures.drift), as: UTF8.self)
        let other = text.replacing("cachewarden.report/1", with: "cachewarden.report/2")
        #expect {
            try FleetHost(parsing: Array(other.utf8))
        } throws: { "\($0)".contains("'cachewarden.report/2'") }
    }

    @Test func countsTheLatestOfEachHost() throws {
        var summary = FleetSummary()
        let old = try host(report("a", .failed, [ReportFixtures.entryACL]))
        let text = String(decoding: try bytes(report("a", .compliant, [])), as: UTF8.self)
        let new = try FleetHost(parsing: Array(text.replacing("2026-11-23T12:00:01", with: "2026-11-24T00:00:00").utf8))
        for one in [new, old] { summary.add(one) }
        #expect(summary.hosts.map(\.verdict) == [.compliant] && summary.superseded == 1 && summary.exitCode == 0)
    }

    @Test func looksAsRecorded() throws {
        var summary = try fleet()
        summary.add(unread: "x\u{1b}[2J.json", "no report of cachewarden in JSON")
        try expectSnapshot(FleetReport(summary).text(style: .plain, columns: 100), "fleet")
        #expect(summary.exitCode == 1)
        #expect(try fleet().exitCode == 2)
    }

    @Test func isOnePage() throws {
        let page = String(decoding: FleetReport(try fleet()).html(), as: UTF8.self)
        #expect(page.hasPrefix("<!DOCTYPE html>\n") && page.contains("<caption>Largest caches</caption>"))
        #expect(!page.contains("<script") && !page.contains("http:") && page.contains("default-src 'none'"))
    }

    private static let readCSV = """
        import csv, sys, json
        print(json.dumps(list(csv.DictReader(sys.stdin))))
        """

    @Test(.enabled(if: TestPython.has("csv"), "needs python3")) func isCSV() throws {
        var summary = try fleet()
        for name in ["=cmd|' /C calc'!A0", "a,b\"c\nd", "-1+1", "@x"] {
            summary.add(try host(report(name, .drift, [ReportFixtures.entryACL])))
        }
        let output = try TestPython.run(Self.readCSV, input: Data(FleetReport(summary).csv()))
        let rows = try JSONDecoder().decode([[String: String]].self, from: Data(output.utf8))
        #expect(rows.count == 8 && Set(rows.map(\.count)) == [10])
        let names = rows.compactMap { $0["host"] }
        #expect(names.allSatisfy { name in !"=+-@".contains(name.prefix(1)) }, "\(names)")
        #expect(names.contains("a,b\"c\\nd"))
        let row = try #require(rows.first { $0["host"] == "b" })
        #expect(row["verdict"] == "drift" && row["findings"] == "2" && row["bytes"] == "195385088")
    }

    @Test func isJSON() throws {
        let document =
            try JSONSerialization.jsonObject(with: Data(try FleetReport(try fleet()).json())) as? [String: Any]
        #expect(document?["schema"] as? String == "cachewarden.fleet/1")
        #expect(document?["verdicts"] as? [String: Int] == ["compliant": 1, "drift": 2, "failed": 1])
        let rules = try #require(document?["rules"] as? [[String: Any]])
        #expect(rules.first?["rule"] as? String == "entry-acl" && rules.first?["hosts"] as? Int == 2)
        #expect((document?["hosts"] as? [[String: Any]])?.count == 4)
    }
}
