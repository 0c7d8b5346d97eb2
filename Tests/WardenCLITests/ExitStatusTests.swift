import Testing
import WardenAgent
import WardenCLI
import WardenModel

@Suite("Exit codes") struct ExitStatusTests {
    @Test func areThoseThatScriptsRelyOn() {
        let codes: [(WardenCLI.ExitStatus, Int32)] = [
            (.compliant, 0), (.failed, 1), (.drift, 2), (.partlyApplied, 3), (.badPolicy, 65), (.locked, 75),
        ]
        for (status, code) in codes { #expect(status.rawValue == code) }
    }

    @Test(arguments: [
        (AgentError.badPolicies([]), WardenCLI.ExitStatus.badPolicy), (.busy("/run/lock"), .locked),
        (.stalePlan([]), .failed),
        (.failed("no", remedy: nil), .failed), (.interrupted, .failed),
    ])
    func saysWhyThereIsNoAnswer(error: AgentError, status: WardenCLI.ExitStatus) {
        #expect(WardenCLI.ExitStatus.of(error) == status)
    }

    @Test func agreesWithTheVerdicts() {
        let verdicts: [(RunReport.Verdict, WardenCLI.ExitStatus)] = [
            (.compliant, .compliant), (.repaired, .compliant), (.failed, .failed), (.drift, .drift),
            (.partlyRepaired, .partlyApplied),
        ]
        for (verdict, status) in verdicts { #expect(verdict.exitCode == status.rawValue) }
    }
}
