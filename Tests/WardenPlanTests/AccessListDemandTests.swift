import Testing
import WardenModel
import WardenPlan

struct AccessListDemandTests {
    private func demand(_ only: Set<RuleID>) throws -> AccessListDemand {
        var fixture = CacheFixture(.bare())
        fixture.only = only
        return try fixture.planner().accessListDemand
    }

    @Test(arguments: [[], [RuleID.entryMode], [.sizeExceeded, .entryACL], [.cacheUntrustedSharing], [.entryRefused]])
    func asksForListsThatARuleMayLookAt(only: Set<RuleID>) throws { #expect(try demand(only) == .all) }

    @Test(arguments: [[RuleID.sizeExceeded], [.ageExceeded, .trimNotOwned], [.rootACL], [.entryStranger]])
    func asksForNoneWhereNoRuleDoes(only: Set<RuleID>) throws { #expect(try demand(only) == .none) }

    /// Every rule that answers differently for an entry with a list must be among those that ask for lists.
    @Test(arguments: RuleID.allCases) func findsTheSameWithoutLists(rule: RuleID) throws {
        guard try demand([rule]) == .none else { return }
        let entries: [AccessList.Entry] = [
            .init(.owner, [.read, .write]), .init(.user, id: 7, [.read, .write]), .init(.owningGroup, [.read]),
            .init(.mask, [.read, .write]), .init(.other, []),
        ]
        var with = CacheFixture.goodFile
        with.mode = ModeBits(0o660)
        var without = with
        with.accessList = AccessList(entries)
        without.accessList = nil
        let findings = try [with, without].map { node in
            var fixture = CacheFixture(try .shared(trust: nil))
            fixture.only = [rule]
            fixture.groups = [CacheFixture.output(node)]
            return try fixture.plan().findings
        }
        #expect(findings[0] == findings[1])
    }
}
