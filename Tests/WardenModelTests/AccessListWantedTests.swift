import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

struct AccessListWantedTests {
    private func wanted(_ mode: UInt16, _ rules: [String], for target: ACLTarget) throws -> AccessList {
        let parsed = try rules.map { try ACLRule(parsing: $0) }
        let resolved = try AccessList.resolved(parsed, accounts: AccountTable())
        return AccessList.wanted(mode: ModeBits(mode), rules: resolved, for: target)
    }

    @Test(
        arguments: [
            (UInt16(0o2770), [], ACLTarget.directory, "user::rwx,group::rwx,other::---"),
            (0o2770, ["g:7:rwX"], .directory, "user::rwx,group::rwx,group:7:rwx,mask::rwx,other::---"),
            (0o660, ["g:7:rwX"], .plainFile, "user::rw-,group::rw-,group:7:rw-,mask::rw-,other::---"),
            (0o660, ["g:7:rwX"], .executableFile, "user::rw-,group::rw-,group:7:rwx,mask::rwx,other::---"),
            (0o660, ["g:7:rwX"], .defaultList, "user::rw-,group::rw-,group:7:rwx,mask::rwx,other::---"),
            (
                0o600, ["u:1:r", "g:7:x"], .plainFile,
                "user::rw-,user:1:r--,group::---,group:7:--x,mask::r-x,other::---"
            ),
            (0o777, ["u::r", "g::w", "o::x"], .plainFile, "user::r--,group::-w-,other::--x"),
            (0o640, ["u:1:r", "u:1:w"], .plainFile, "user::rw-,user:1:-w-,group::r--,mask::rw-,other::---"),
            (0o640, ["m::rw"], .plainFile, "user::rw-,group::r--,mask::rw-,other::---"),
            (
                0o770, ["g:7:rwx", "m::r-x"], .directory,
                "user::rwx,group::rwx #effective:r-x,group:7:rwx #effective:r-x,mask::r-x,other::---"
            ),
        ] as [(UInt16, [String], ACLTarget, String)])
    func buildsWhatModeAndRulesAskFor(mode: UInt16, rules: [String], target: ACLTarget, text: String) throws {
        #expect(try wanted(mode, rules, for: target).description == text)
    }

    @Test func isAlwaysValidAndSatisfiesItself() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<5_000 {
            let (mode, rules, target) = (random.mode(), random.rules(), random.target())
            let list = AccessList.wanted(mode: mode, rules: rules, for: target)
            #expect(list.isValid)
            #expect(list.satisfies(list, match: .exact))
            #expect(list.satisfies(list, match: .atLeast))
            // The order and the number of times do not matter, as long as no subject comes twice.
            #expect(AccessList.wanted(mode: mode, rules: rules + rules, for: target) == list)
        }
    }

    @Test func showsTheMaskInTheModesGroupDigit() throws {
        #expect(try wanted(0o2770, ["g:7:rwX", "m::r-x"], for: .directory).mode(special: 0o2000) == ModeBits(0o2750))
        #expect(try wanted(0o604, ["u:1:rw"], for: .plainFile).mode(special: 0) == ModeBits(0o664))
        #expect(AccessList(mode: ModeBits(0o6751)).mode(special: 0o6000) == ModeBits(0o6751))
    }

    @Test func takesTheModeWhereThereIsNoExtendedList() throws {
        var node = NodeState(kind: .file, owner: .root, group: GroupID(0), mode: ModeBits(0o4751))
        #expect(node.accessListInForce == AccessList(mode: ModeBits(0o751)))
        let extended = try wanted(0o700, ["u:1:rw"], for: .plainFile)
        node.accessList = extended
        #expect(node.accessListInForce == extended)
    }
}
