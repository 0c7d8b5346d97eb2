import SystemPackage
import Testing
import WardenAgent
import WardenModel

@Suite("The verdict of a run") struct VerdictTests {
    /// What one cache had to show at the end, and the answer.
    struct Case: Sendable, CustomTestStringConvertible {
        let command: RunReport.Command
        var mode = CachePlan.Mode.enforce
        var found: [Finding.Disposition] = []
        /// After an apply; `nil` where nothing was observed again.
        var remaining: [Finding.Disposition]?
        var applied = 0
        var exceptions: [Outcome] = []
        var interrupted = false
        let verdict: RunReport.Verdict
        let code: Int32

        var testDescription: String { "\(command) \(mode) \(found) → \(remaining ?? []) +\(applied) \(verdict)" }
    }

    private func finding(_ disposition: Finding.Disposition) -> Finding {
        Finding(
            rule: .entryMode, severity: .low, disposition: disposition, cache: "c", subject: "/c", wanted: "a",
            found: "b", remedy: "r")
    }

    private func cache(_ example: Case) -> RunReport.Cache {
        let observation = CacheObservation(
            name: "c", path: "/c", layout: .goBuild, observedAt: Timestamp(seconds: 0),
            root: .missing(parentExists: true), ancestors: [], census: nil)
        let plan = CachePlan(
            name: "c", path: "/c", mode: example.mode, root: nil, findings: example.found.map(finding), changes: [])
        let exceptions = example.exceptions.map { ChangeOutcome.Exception(path: .root, outcome: $0) }
        return RunReport.Cache(
            plan: plan, before: observation,
            outcomes: [ChangeOutcome(change: 0, applied: example.applied, exceptions: exceptions)],
            remaining: example.remaining.map { $0.map(finding) })
    }

    @Test(arguments: [
        Case(command: .check, verdict: .compliant, code: 0),
        Case(command: .check, found: [.advisory], verdict: .compliant, code: 0),
        Case(command: .check, found: [.repairable], verdict: .drift, code: 2),
        Case(command: .check, found: [.manual], verdict: .drift, code: 2),
        Case(command: .check, found: [.refused], verdict: .drift, code: 2),
        Case(command: .check, found: [.blocking, .repairable], verdict: .failed, code: 1),
        Case(command: .plan, found: [.repairable], verdict: .drift, code: 2),
        Case(command: .plan, verdict: .compliant, code: 0),
        Case(command: .apply, verdict: .compliant, code: 0),
        Case(command: .apply, found: [.blocking], verdict: .failed, code: 1),
        Case(command: .apply, found: [.repairable], remaining: [], applied: 3, verdict: .repaired, code: 0),
        Case(command: .apply, found: [.repairable], remaining: [.advisory], applied: 3, verdict: .repaired, code: 0),
        Case(command: .apply, found: [.repairable], remaining: [.manual], applied: 3, verdict: .drift, code: 2),
        Case(
            command: .apply, found: [.repairable], remaining: [.refused], applied: 3, verdict: .partlyRepaired, code: 3),
        Case(
            command: .apply, found: [.repairable], remaining: [.repairable], applied: 3, verdict: .partlyRepaired,
            code: 3),
        Case(command: .apply, mode: .audit, found: [.repairable], verdict: .drift, code: 2),
        Case(
            command: .apply, found: [.repairable], remaining: [], applied: 1,
            exceptions: [.failed(operation: "set the mode of", .permissionDenied)], verdict: .partlyRepaired, code: 3),
        Case(
            command: .apply, found: [.repairable], remaining: [], applied: 1, exceptions: [.skipped(.notVerified)],
            verdict: .partlyRepaired, code: 3),
        Case(
            command: .apply, found: [.repairable], remaining: [], applied: 1, exceptions: [.skipped(.vanished)],
            verdict: .repaired, code: 0),
        Case(
            command: .apply, found: [.repairable], applied: 1, exceptions: [.skipped(.interrupted)], interrupted: true,
            verdict: .partlyRepaired, code: 3),
    ])
    func saysWhatBecameOfTheHost(example: Case) {
        let verdict = RunReport.Verdict(example.command, [cache(example)], interrupted: example.interrupted)
        #expect(verdict == example.verdict)
        #expect(verdict.exitCode == example.code)
    }

    @Test func oneBadCacheIsEnough() {
        let good = Case(command: .check, verdict: .compliant, code: 0)
        let bad = Case(command: .check, found: [.blocking], verdict: .failed, code: 1)
        #expect(RunReport.Verdict(.check, [cache(good), cache(bad)], interrupted: false) == .failed)
        #expect(RunReport.Verdict(.check, [], interrupted: false) == .compliant)
    }
}
