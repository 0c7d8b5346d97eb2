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

    /// Four hosts, three of which need somebody.
    func fleet() throws -> FleetSummary {
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
        #expect(repaired.worstRule == "entry-stranger")
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

    /// What counts is how bad findings are, then how many a rule has.
    @Test func namesTheWorstRuleAndTheLargestCache() throws {
        func cache(_ path: FilePath, _ findings: [Finding], _ census: Census) -> RunReport.Cache {
            let plan = CachePlan(
                name: "c", path: path, mode: .enforce, root: nil, findings: findings, changes: [])
            return .init(plan: plan, before: ReportFixtures.observation(census: census, path: path))
        }
        let (low, high) = (ReportFixtures.stranger, [ReportFixtures.rootGroup, ReportFixtures.entryACL])
        let host = try host(
            ReportFixtures.report(
                .check, .drift,
                [
                    cache("/small", [low, low, low] + high, Census()),
                    cache("/large", [ReportFixtures.rootGroup], ReportFixtures.census()),
                ]))
        #expect(host.worst == .high && host.worstRule == "root-group")
        #expect(host.largest?.path == "/large")
        let missing = try self.host(TextReportTests.missing)
        #expect(missing.worstRule == "cache-missing" && missing.largest == nil)
        #expect(try self.host(report("a", .compliant, [])).worstRule == nil)
    }

    @Test func isOnePage() throws {
        let reader = PageReader(FleetReport(try fleet()).html())
        reader.expectWhole()
        #expect(reader.numbers == [["compliant", "1"], ["drift", "2"], ["failed", "1"]])
        let rules = try reader.rows(of: "Rules that are violated on most hosts")
        #expect(Array(rules.prefix(2)) == [["entry-acl", "2", "2"], ["entry-stranger", "2", "2"]], "\(rules)")
        let hosts = try reader.rows(of: "Hosts that need somebody")
        #expect(hosts.map { Array($0.prefix(4)) }.first == ["c", "failed", "1", "high"], "\(hosts)")
        let caches = try reader.rows(of: "Largest caches")
        #expect(caches.first == ["/var/cache/go-build", "a", "186.3 MiB", "none", "2,952"], "\(caches)")
    }

    @Test func keepsHostileNamesText() throws {
        let evil = "<script>alert(1)</script>&\"\u{1b}[2J\u{202e}</title>"
        let plan = CachePlan(
            name: evil, path: FilePath("/\(evil)"), mode: .enforce, root: nil, findings: [ReportFixtures.entryACL],
            changes: [])
        let text = String(
            decoding: try bytes(
                ReportFixtures.report(
                    .check, .drift, [.init(plan: plan, before: ReportFixtures.observation())], host: evil)),
            as: UTF8.self)
        var summary = FleetSummary()
        // A file may say that it is of a rule that nobody has.
        summary.add(try FleetHost(parsing: Array(text.replacing("entry-acl", with: "<script>x</script>").utf8)))
        summary.add(unread: evil, "no report")
        let reader = PageReader(FleetReport(summary).html())
        reader.expectWhole()
        #expect(!reader.page.contains("<script") && !reader.page.contains("\u{1b}"))
        #expect(reader.page.components(separatedBy: "</title>").count == 2)
        for caption in ["Hosts that need somebody", "Largest caches", "Files that could not be read"] {
            let row = try #require(try reader.rows(of: caption).first)
            #expect(row.contains { $0.contains("&lt;script&gt;alert(1)&lt;/script&gt;") }, "\(row)")
        }
        #expect(!FleetReport(summary).text(style: .plain, columns: 100).contains("\u{1b}"))
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
        #expect(rows.count == 8 && Set(rows.map(\.count)) == [13])
        let names = rows.compactMap { $0["host"] }
        #expect(names.allSatisfy { name in !"=+-@".contains(name.prefix(1)) }, "\(names)")
        #expect(names.contains("a,b\"c\\nd"))
        let row = try #require(rows.first { $0["host"] == "b" })
        #expect(row["verdict"] == "drift" && row["findings"] == "2" && row["bytes"] == "195385088")
        #expect(row["worst"] == "high" && row["worst-rule"] == "entry-acl")
        #expect(row["largest-cache"] == "/var/cache/go-build" && row["largest-cache-bytes"] == "195385088")
        let good = try #require(rows.first { $0["host"] == "a" })
        #expect(good["worst"] == "" && good["worst-rule"] == "")
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
