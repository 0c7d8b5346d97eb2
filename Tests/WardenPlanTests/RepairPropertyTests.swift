import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy
import WardenTestSupport

@Suite("What repairs do, over random inodes and policies") struct RepairPropertyTests {
    /// One random inode at the root and one below it, with a random policy.
    private func fixture(_ seed: UInt64) throws -> (fixture: CacheFixture, entry: NodeState, root: NodeState) {
        var generator = SeededGenerator(seed: seed)
        let policy = try generator.policy()
        let entry = generator.node()
        var root = generator.node()
        root.kind = .directory
        var fixture = CacheFixture(policy, root: root)
        fixture.groups = [group(entry)]
        return (fixture, entry, root)
    }

    private func group(_ node: NodeState) -> EntryGroup {
        node.kind == .directory ? CacheFixture.shard(node) : CacheFixture.output(node)
    }

    private static let batches: [UInt64] = Array(0..<8)

    /// Calls `check` for each of a batch of random changes with its fixture.
    private func forEachChange(_ batch: UInt64, _ check: (UInt64, CacheFixture, Change) throws -> Void) throws {
        var seen = 0
        for seed in (batch * 75)..<(batch * 75 + 75) {
            let (fixture, _, _) = try fixture(seed)
            for change in try fixture.plan().changes {
                seen += 1
                try check(seed, fixture, change)
            }
        }
        #expect(seen > 50)
    }

    @Test(arguments: batches) func stepsLeadToTheStateThatIsPromised(batch: UInt64) throws {
        try forEachChange(batch) { seed, _, change in
            var inode = ModelInode(try #require(change.before))
            for step in change.steps { inode.apply(step) }
            #expect(inode.state == change.after, "seed \(seed): \(change.steps)")
            #expect(change.after != change.before, "seed \(seed)")
        }
    }

    @Test(arguments: batches) func whatIsRepairedNeedsNoRepair(batch: UInt64) throws {
        try forEachChange(batch) { seed, fixture, change in
            var again = fixture
            if change.role == nil {
                again.root = CacheFixture.present(change.after)
                again.groups = [group(NodeState(.file, 0o600, owner: .root))]
            } else {
                again.groups = [group(change.after)]
            }
            let rest = try again.plan().changes.filter { $0.role == change.role }
            #expect(rest.isEmpty, "seed \(seed): \(String(describing: change.before)) → \(change.after) → \(rest)")
        }
    }

    @Test(arguments: batches) func everyRepairableFindingHasItsChangeAndTheOtherWayRound(batch: UInt64) throws {
        for seed in (batch * 75)..<(batch * 75 + 75) {
            let plan = try fixture(seed).fixture.plan()
            let found = Set(plan.findings.filter { $0.disposition == .repairable }.map(\.rule))
            #expect(Set(plan.changes.flatMap(\.rules)) == found, "seed \(seed)")
            #expect(plan.changes.allSatisfy { !$0.rules.isEmpty }, "seed \(seed)")
        }
    }

    @Test(arguments: batches) func nobodyHoldsMoreOnTheWayThanBeforeOrAfter(batch: UInt64) throws {
        try forEachChange(batch) { seed, _, change in
            let before = try #require(change.before)
            var inode = ModelInode(before)
            for step in change.steps {
                inode.apply(step)
                let intruder = Visitor.all.first { visitor in
                    let allowed = visitor.granted(by: before).union(visitor.granted(by: change.after))
                    return !visitor.granted(by: inode.state).isSubset(of: allowed)
                }
                #expect(intruder == nil, "seed \(seed): after \(step) of \(change.steps), \(before)")
            }
        }
    }

    @Test(arguments: batches) func onePictureGivesOnePlan(batch: UInt64) throws {
        for seed in (batch * 20)..<(batch * 20 + 20) {
            let fixture = try fixture(seed).fixture
            let plans = [try fixture.plan(), try fixture.plan()]
            #expect(plans[0].findings == plans[1].findings)
            #expect(plans[0].changes.map(\.steps) == plans[1].changes.map(\.steps))
            #expect(plans[0].changes.map(\.after) == plans[1].changes.map(\.after))
        }
    }

    /// The rules on one property, at the root and below.
    private static let pairs: [[RuleID]] = [
        [.rootOwner, .entryOwner], [.rootGroup, .entryGroup], [.rootMode, .entryMode], [.rootACL, .entryACL],
        [.rootDefaultACL, .entryDefaultACL],
    ]

    @Test(arguments: pairs) func oneRuleAloneFindsAndChangesNothingElse(rules: [RuleID]) throws {
        for seed in UInt64(0)..<300 {
            var (fixture, entry, _) = try fixture(seed)
            // Root's own are refused unless they are given away, which is another rule's part.
            entry.owner = entry.owner == .root ? People.carol : entry.owner
            fixture.groups = [group(entry)]
            let all = try fixture.plan()
            fixture.only = Set(rules)
            let some = try fixture.plan()
            #expect(some.findings.allSatisfy { rules.contains($0.rule) }, "seed \(seed)")
            let expected = all.findings.filter { rules.contains($0.rule) && $0.disposition == .repairable }
            #expect(some.findings.map(\.rule) == expected.map(\.rule), "seed \(seed)")
            for change in some.changes {
                let before = try #require(change.before)
                #expect(change.rules.allSatisfy { rules.contains($0) }, "seed \(seed)")
                #expect(keepsTheRest(before, change.after, rules[1]), "seed \(seed): \(before) → \(change.after)")
            }
        }
    }

    private func keepsTheRest(_ before: NodeState, _ after: NodeState, _ rule: RuleID) -> Bool {
        var undone = after
        switch rule {
        case .entryOwner: undone.owner = before.owner
        case .entryGroup: undone.group = before.group
        case .entryDefaultACL: undone.defaultList = before.defaultList
        case .entryMode:
            undone.mode = before.mode
            undone.accessList = before.accessList
        default:
            // The ACL's part of the mode moves with it, special bits do not.
            guard before.mode.special == after.mode.special else { return false }
            undone.mode = before.mode
            undone.accessList = before.accessList
        }
        return undone == before
    }

    @Test(arguments: batches) func atLeastKeepsWhoIsThereAndBringsNothingBack(batch: UInt64) throws {
        try forEachChange(batch) { seed, fixture, change in
            guard let acl = fixture.policy.acl, acl.match == .atLeast, let before = change.before else { return }
            let named = Set(try acl.entries.map { try $0.resolved(accounts: People.accounts).id })
            let (old, new) = (before.accessListInForce, change.after.accessListInForce)
            for entry in old.entries where entry.tag == .user || entry.tag == .group {
                guard !named.contains(entry.id), let kept = new.effectiveRights(of: entry.tag, id: entry.id) else {
                    #expect(named.contains(entry.id), "seed \(seed): lost \(entry)")
                    continue
                }
                #expect(kept == old.effectiveRights(of: entry), "seed \(seed): \(entry)")
            }
        }
    }

    @Test(arguments: batches) func executablesKeepExecuteWhereTheyMayBeRead(batch: UInt64) throws {
        try forEachChange(batch) { seed, fixture, change in
            let hasOwnerRule = fixture.policy.acl?.entries.contains { $0.tag == .owner } == true
            guard let before = change.before, before.kind == .file, before.mode.owner.contains(.execute),
                !hasOwnerRule, change.after.mode.owner.contains(.read)
            else { return }
            #expect(change.after.mode.owner.contains(.execute), "seed \(seed)")
        }
    }
}
