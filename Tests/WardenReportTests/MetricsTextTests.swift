import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenReport
import WardenTestSupport

@Suite("Metrics") struct MetricsTextTests {
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

    /// All that a run can have figures of.
    private static func full() throws -> String {
        var census = ReportFixtures.census()
        census.groups.append(
            EntryGroup(
                role: .output, node: ReportFixtures.node(.file, 5001, 5001, 0o644), refusal: .hardLink, count: 3,
                allocated: ByteCount(4_096), subjects: SubjectList()))
        let cache = RunReport.Cache(
            plan: try #require(retained.caches.first).plan, before: ReportFixtures.observation(census: census),
            outcomes: [.init(change: 0, applied: 5)], remaining: [ReportFixtures.stranger],
            retention: ReportFixtures.outcome)
        let (builds, waived) = (try DeliveryReportTests.planned(), ReportFixtures.waived)
        var audit = waived.audit
        audit?.isWhole = true
        let report = RunReport(
            command: .apply, version: waived.version, runID: waived.runID, host: waived.host,
            startedAt: waived.startedAt, finishedAt: waived.finishedAt, policies: waived.policies, caches: [cache],
            toolchains: builds.toolchains, delivery: builds.delivery, waivers: waived.waivers,
            waiverFindings: waived.waiverFindings, watchFindings: ReportFixtures.refused.watchFindings, notes: [],
            nextSteps: [], verdict: .partlyRepaired, audit: audit, userNames: [:], groupNames: [:])
        var totals = RunTotals()
        totals.add(report)
        let figures = [BuildFigures(user: "ann", succeeded: 12, failed: ["permission": 2])]
        return String(decoding: MetricsText(report, totals: totals, builds: figures).render(), as: UTF8.self)
    }

    @Test func saysWhatRulesAndPanelsAskFor() throws {
        let page = try Self.full()
        let samples = page.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let written = Set(samples.compactMap { $0.split(separator: "{").first })
        var questions = AlertRules(Set(AlertSubject.allCases), interval: .seconds(86_400)).all.map(\.expression)
        questions += AlertRules([], interval: .seconds(86_400)).all.map(\.expression)
        questions += RecordingRules.all().map(\.expression)
        questions += Dashboard().queries.map(\.expression)
        let asked = Set(questions.flatMap { $0.matches(of: /cachewarden_[a-z_]+/).map(\.output) })
        #expect(asked.count > 20 && asked.isSubset(of: written), "nobody writes \(asked.subtracting(written))")
        let cache = #"cache="go-build",path="/var/cache/go-build""#
        for line in [
            "cachewarden_cache_entries_limit{\(cache)} 4000",
            "cachewarden_file_system_available_limit_bytes{\(cache)} 21474836480",
            "cachewarden_cache_refused_inodes{\(cache),reason=\"hard-link\"} 3",
            "cachewarden_cache_changes_total{\(cache),outcome=\"applied\"} 6",
            "cachewarden_cache_changes_total{\(cache),outcome=\"failed\"} 1",
            #"cachewarden_environment_findings{rule="toolchain-differs",severity="medium"} 2"#,
        ] { #expect(page.contains(line + "\n"), "\(line) in \(page)") }
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
        .enabled(if: Promtool.isThere, "needs promtool"),
        arguments: ["partly repaired", "missing", "hostile", "waived", "retained", "full"])
    func pleasesPromtool(name: String) throws {
        let page =
            switch name {
            case "missing": text(TextReportTests.missing)
            case "hostile": text(Self.hostile)
            case "waived": text(ReportFixtures.waived)
            case "retained": text(Self.retained)
            case "full": try Self.full()
            default: text(ReportFixtures.partlyRepaired)
            }
        let (status, said) = try Promtool.run(["check", "metrics"], input: Data(page.utf8))
        #expect(status == 0 && said.isEmpty, "\(said)")
    }
}
