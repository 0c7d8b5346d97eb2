import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("Metrics") struct MetricsTextTests {
    private static let promtool = "/usr/bin/promtool"
    private static let hasPromtool = FileManager.default.isExecutableFile(atPath: promtool)

    private func text(_ report: RunReport) -> String { String(decoding: MetricsText(report).render(), as: UTF8.self) }

    @Test func saysWhatARunFoundAndDid() throws {
        try expectSnapshot(text(ReportFixtures.partlyRepaired), "metrics")
    }

    /// What an apply left, beside what its policy allows.
    private static let retained = ReportFixtures.retained(
        .apply, .partlyRepaired, outcome: ReportFixtures.outcome)

    @Test func saysHowFarLimitsAre() throws {
        try expectSnapshot(text(Self.retained), "metrics-retained")
    }

    @Test func saysWhatCannotBeWatched() {
        let line = #"cachewarden_watch_findings{rule="policy-refused",severity="high"} 1"#
        #expect(text(ReportFixtures.refused).contains("\(line)\n"))
        #expect(!text(Self.retained).contains("watch_findings"))
    }

    /// Counters go on where the last run ended, in the file of `apply` alone.
    @Test func countsOverAllRuns() throws {
        var totals = RunTotals()
        for _ in 0..<3 { totals.add(Self.retained) }
        totals.add(ReportFixtures.report(.clean, .repaired, Self.retained.caches))
        let builds = [BuildFigures(user: "ann\"", succeeded: 12, failed: ["permission": 2, "code": .max])]
        let page = String(
            decoding: MetricsText(Self.retained, totals: totals, builds: builds).render(), as: UTF8.self)
        let cache = #"cache="go-build",path="/var/cache/go-build""#
        for line in [
            "# TYPE cachewarden_cache_removed_entries_total counter",
            "cachewarden_cache_removed_entries_total{\(cache),rule=\"size-exceeded\"} 28",
            "cachewarden_cache_removed_bytes_total{\(cache)} \(4 * 3_221_225_472)",
            "cachewarden_runs_total{command=\"apply\",verdict=\"partly-repaired\"} 3",
            #"cachewarden_builds_failed_total{user="ann\"",reason="code"} 18446744073709551615"#,
            #"cachewarden_builds_succeeded_total{user="ann\""} 12"#,
        ] { #expect(page.contains(line + "\n"), "\(line) in \(page)") }
        let clean = String(
            decoding: MetricsText(
                ReportFixtures.report(.clean, .repaired, Self.retained.caches), totals: totals, builds: builds
            ).render(), as: UTF8.self)
        #expect(clean.contains("cachewarden_runs_total{command=\"clean\",verdict=\"repaired\"} 1\n"))
        #expect(!clean.contains("_removed_entries_total") && !clean.contains("builds_"))
    }

    @Test func saysMoreForWhoeverAsks() {
        let file = text(ReportFixtures.drift)
        let asked = String(decoding: MetricsText(ReportFixtures.drift, scope: .everything).render(), as: UTF8.self)
        #expect(!file.contains("cachewarden_cache_") && asked.contains("cachewarden_cache_permissions_right"))
        #expect(asked.hasPrefix(file))
    }

    @Test func saysWhenWaiversEnd() {
        let page = text(ReportFixtures.waived)
        let labels = #"policy="shared-builders",rule="entry-mode",path="/var/cache/go-build/fuzz""#
        #expect(page.contains("cachewarden_waiver_until_timestamp_seconds{\(labels)} 1796212800\n"), "\(page)")
        #expect(page.contains("cachewarden_waiver_findings{\(labels)} 2\n"))
        #expect(!page.contains(#"rule="entry-acl""#), "what is accepted is no finding")
    }

    @Test func leavesOutWhatIsNotThere() {
        let page = text(TextReportTests.missing)
        #expect(!page.contains("audit"))
        #expect(!page.contains("cachewarden_cache_size_bytes"))
        #expect(page.contains(#"cachewarden_last_run_verdict{command="check",verdict="drift"} 1"#))
        #expect(page.hasSuffix("\n") && !page.contains("\n\n"))
    }

    /// Caches are told of by `apply` alone.
    private static let hostile: RunReport = {
        let plan = CachePlan(
            name: "a\"} 1\nb\\", path: "/var/\u{1b}[2J\"", mode: .enforce, root: nil,
            findings: [ReportFixtures.stranger], changes: [])
        return ReportFixtures.report(
            .apply, .drift, [.init(plan: plan, before: ReportFixtures.observation())])
    }()

    @Test func keepsNamesInTheirLabels() throws {
        let page = text(Self.hostile)
        for line in page.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(
                try line.wholeMatch(of: Regex(#"cachewarden_[a-z_]+\{([a-z]+="([^"\\]|\\.)*",?)*\} -?[0-9.]+"#)) != nil)
        }
        #expect(page.contains(#"cache_size_bytes{cache="a\"} 1\nb\\","#))
    }

    @Test(
        .enabled(if: hasPromtool, "needs promtool"),
        arguments: ["partly repaired", "missing", "hostile", "waived", "retained"])
    func pleasesPromtool(name: String) throws {
        let report =
            switch name {
            case "missing": TextReportTests.missing
            case "hostile": Self.hostile
            case "waived": ReportFixtures.waived
            case "retained": Self.retained
            default: ReportFixtures.partlyRepaired
            }
        let process = Process()
        process.executableURL = URL(filePath: Self.promtool)
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(MetricsText(report).render()))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(said.isEmpty, "\(String(decoding: said, as: UTF8.self))")
    }
}
