import SystemPackage
import Testing
import WardenModel

struct RunTotalsTests {
    private func report(_ path: String, at seconds: Int64) -> RunReport {
        let plan = CachePlan(
            name: path, path: FilePath(path), mode: .enforce, root: nil, findings: [], changes: [])
        return RunReport(
            command: .apply, version: "", runID: "", host: "", startedAt: Timestamp(seconds: seconds),
            finishedAt: Timestamp(seconds: seconds), policies: [],
            caches: [.init(plan: plan, before: ReportFixtures.observation(), retention: ReportFixtures.outcome)],
            notes: [], nextSteps: [], verdict: .repaired, audit: nil, userNames: [:], groupNames: [:])
    }

    @Test func forgetsCachesThatNobodyLooksAt() {
        var totals = RunTotals()
        let memory = RunTotals.memory.components.seconds
        totals.add(report("/a", at: 100))
        totals.add(report("/b", at: 100 + memory))
        #expect(totals.cache(at: "/a") != nil && totals.cache(at: "/b") != nil)
        totals.add(report("/b", at: 101 + memory))
        #expect(totals.cache(at: "/a") == nil)
        #expect(totals.cache(at: "/b")?.removed["size-exceeded"] == 14)
        #expect(totals.runs == ["apply": ["repaired": 3]])
    }

    @Test func staysBounded() {
        var totals = RunTotals()
        for index in 0..<RunTotals.limit + 10 { totals.add(report("/\(index)", at: Int64(index))) }
        #expect(totals.caches.count == RunTotals.limit)
        #expect(totals.cache(at: "/9") == nil && totals.cache(at: "/10") != nil)
    }

    @Test func sumsUsersBeyondTheFirstTwoHundred() {
        let figures = (0..<250).map { BuildFigures(user: "u\($0)", succeeded: 1, failed: ["code": UInt64($0)]) }
        let bounded = BuildFigures.bounded(figures.shuffled())
        #expect(bounded.count == BuildFigures.limit + 1)
        #expect(bounded.first?.user == "u249" && bounded.last?.user == BuildFigures.other)
        #expect(bounded.last?.succeeded == 50 && bounded.last?.failed == ["code": UInt64((0..<50).reduce(0, +))])
        #expect(BuildFigures.bounded(Array(figures.prefix(200))).count == 200)
    }
}
