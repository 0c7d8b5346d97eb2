import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

struct AccessListComparingTests {
    private func list(_ mode: UInt16, _ rules: String...) throws -> AccessList {
        let parsed = try rules.map { try ACLRule(parsing: $0) }
        let resolved = try AccessList.resolved(parsed, accounts: AccountTable())
        return AccessList.wanted(mode: ModeBits(mode), rules: resolved, for: .directory)
    }

    @Test func takesWhatGoMakesUnderADefaultListForWhatSetfaclWrites() throws {
        let made = try list(0o660, "g:7:rwx", "g::rwx", "m::rw")
        let wanted = try list(0o660, "g:7:rw")
        #expect(made != wanted)
        #expect(made.satisfies(wanted, match: .exact))
        #expect(wanted.satisfies(made, match: .exact))
    }

    @Test func takesAListWithoutNamesForItsMode() throws {
        #expect(try list(0o640, "g::rwx", "m::r").satisfies(AccessList(mode: ModeBits(0o640)), match: .exact))
        #expect(try !list(0o640, "g::rwx", "m::rw").satisfies(AccessList(mode: ModeBits(0o640)), match: .exact))
    }

    @Test func namesEverySubjectThatDiffers() throws {
        let found = try list(0o750, "u:1:rwx", "g:7:rwx", "m::r-x", "o::r")
        let wanted = try list(0o770, "g:7:rwx", "u:2:r")
        #expect(
            found.differences(from: wanted, match: .exact) == [
                AccessList.Difference(tag: .user, id: 1, wanted: nil, found: [.read, .execute]),
                AccessList.Difference(tag: .user, id: 2, wanted: .read, found: nil),
                AccessList.Difference(tag: .owningGroup, id: 0, wanted: .all, found: [.read, .execute]),
                AccessList.Difference(tag: .group, id: 7, wanted: .all, found: [.read, .execute]),
                AccessList.Difference(tag: .other, id: 0, wanted: [], found: .read),
            ])
        #expect(
            found.differences(from: wanted, match: .atLeast) == [
                AccessList.Difference(tag: .user, id: 2, wanted: .read, found: nil),
                AccessList.Difference(tag: .owningGroup, id: 0, wanted: .all, found: [.read, .execute]),
                AccessList.Difference(tag: .group, id: 7, wanted: .all, found: [.read, .execute]),
            ])
    }

    @Test func missesAnEntryWithoutRightsToo() throws {
        let wanted = try list(0o755, "u:1:-")
        #expect(!AccessList(mode: ModeBits(0o755)).satisfies(wanted, match: .atLeast))
    }

    @Test func neverRevealsMaskedRights() throws {
        let found = try list(0o770, "u:1:rwx", "g:8:rwx", "m::r")
        let repaired = found.repaired(to: try list(0o770, "g:7:rwx"), match: .atLeast)
        #expect(
            repaired.description
                == "user::rwx,user:1:r--,group::rwx,group:7:rwx,group:8:r--,mask::rwx,other::---")
    }

    @Test func leavesAListThatSatisfiesAlone() throws {
        let found = try list(0o770, "u:1:rwx", "g:7:rwx", "m::rw")
        #expect(found.repaired(to: try list(0o660, "g:7:r"), match: .atLeast) == found)
    }

    @Test(arguments: ACLMatch.allCases)
    func repairsOnceAndForAll(match: ACLMatch) {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let found = random.accessList()
            let wanted = AccessList.wanted(mode: random.mode(), rules: random.rules(), for: random.target())
            let repaired = found.repaired(to: wanted, match: match)
            #expect(repaired.isValid)
            #expect(repaired.satisfies(wanted, match: match))
            #expect(repaired.repaired(to: wanted, match: match) == repaired)
        }
    }

    @Test func grantsNobodyMoreThanFoundAndWantedTogether() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<5_000 {
            let found = random.accessList()
            let wanted = AccessList.wanted(mode: random.mode(), rules: random.rules(), for: random.target())
            let repaired = found.repaired(to: wanted, match: .atLeast)
            for entry in repaired.entries where entry.tag != .mask {
                let before = found.effectiveRights(of: entry.tag, id: entry.id)
                let asked = wanted.effectiveRights(of: entry.tag, id: entry.id)
                let now = repaired.effectiveRights(of: entry)
                #expect(now == (before ?? []).union(asked ?? []), "\(found) to \(wanted)")
                #expect(before != nil || asked != nil)
            }
            #expect(found.entries.allSatisfy { $0.tag == .mask || repaired.rights(of: $0.tag, id: $0.id) != nil })
        }
    }
}
