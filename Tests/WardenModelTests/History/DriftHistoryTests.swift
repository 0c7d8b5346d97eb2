import Testing
import WardenModel

/// Whether somebody changed the host, or somebody changed the policy.
struct DriftHistoryTests {
    private struct Look {
        var policy = "a"
        var only: Set<String>?
        var found = 0
        var left = 0
        var counts = true
    }

    private func origins(_ looks: [Look]) -> [DriftHistory.Origin: Int] {
        var history = DriftHistory()
        for (index, look) in looks.enumerated() {
            history.add(
                DriftHistory.Run(
                    moment: Timestamp(seconds: Int64(index)), policy: look.policy, only: look.only,
                    found: look.found > 0 ? ["entry-mode": look.found] : [:],
                    standing: look.left > 0 ? ["entry-mode": look.left] : [:]), counts: look.counts)
        }
        return history.rules.first?.runs ?? [:]
    }

    @Test func tellsWhereAFindingComesFrom() {
        let repaired = Look(found: 3)
        let clean = Look()
        #expect(origins([repaired]) == [.first: 1])
        #expect(origins([clean, repaired]) == [.cameBack: 1])
        #expect(origins([repaired, repaired, clean, repaired]) == [.first: 1, .cameBack: 2])
        #expect(origins([clean, Look(policy: "b", found: 3)]) == [.policyChanged: 1])
        #expect(origins([Look(found: 3, left: 2), Look(found: 2)]) == [.first: 1, .stood: 1])
        // What the run before had left stood, whatever became of the policy.
        #expect(origins([Look(found: 3, left: 2), Look(policy: "b", found: 2)]) == [.first: 1, .stood: 1])
        // After the change the new policy is what a finding comes back under.
        #expect(
            origins([clean, Look(policy: "b", found: 3), Look(policy: "b", found: 1)]) == [
                .policyChanged: 1, .cameBack: 1,
            ])
    }

    @Test func runsBeforeTheSpanSayOnlyWhatWasThere() {
        #expect(origins([Look(counts: false), Look(found: 1)]) == [.cameBack: 1])
        #expect(origins([Look(found: 1, left: 1, counts: false), Look(found: 1)]) == [.stood: 1])
        #expect(origins([Look(found: 1, counts: false)]).isEmpty)
    }

    @Test func aRunThatLookedForOtherRulesChangesNothing() {
        #expect(
            origins([Look(found: 1, left: 1), Look(only: ["root-mode"]), Look(found: 1)]) == [.first: 1, .stood: 1])
        #expect(origins([Look(), Look(policy: "b", only: []), Look(policy: "b", found: 1)]) == [.policyChanged: 1])
        let looked = Look(policy: "b", only: ["entry-mode"])
        #expect(origins([Look(), looked, Look(policy: "c"), Look(policy: "c", found: 1)]) == [.cameBack: 1])
        #expect(origins([Look(), looked, Look(policy: "b", found: 1)]) == [.cameBack: 1])
    }

    @Test func saysWhatStandsNow() {
        var history = DriftHistory()
        func run(_ second: Int64, _ found: [String: Int], _ standing: [String: Int]) -> DriftHistory.Run {
            DriftHistory.Run(
                moment: Timestamp(seconds: second), policy: "", only: nil, found: found, standing: standing)
        }
        history.add(run(1, ["a": 1, "b": 2], ["b": 2]), counts: true)
        history.add(run(2, ["b": 2], ["b": 1]), counts: true)
        #expect(history.rules.map(\.name) == ["b", "a"])
        #expect(history.rules.map(\.standing) == [1, 0])
        #expect(history.rules.map(\.last.seconds) == [2, 1])
        #expect(history.rules.map(\.count) == [2, 1])
    }
}
