import SystemPackage
import Testing
import WardenModel

struct ACLRuleTextTests {
    @Test(arguments: [
        ("user:ci:r-X", "user:ci:r-X"),
        ("u:ci:rX", "user:ci:r-X"),
        ("g:builders:rwX", "group:builders:rwX"),
        ("group:domain users:r", "group:domain users:r--"),
        ("u:CORP\\ci:r", "user:CORP\\ci:r--"),
        ("group::rwx", "group::rwx"),
        ("user::7", "user::rwx"),
        ("g:1000:5", "group:1000:r-x"),
        ("u:4294967294:0", "user:4294967294:---"),
        ("u:007:r", "user:7:r--"),
        ("u:+1:r", "user:+1:r--"),
        ("other::---", "other::---"),
        ("o::-", "other::---"),
        ("o:r", "other::r--"),
        ("o::", "other::---"),
        ("u:ci:", "user:ci:---"),
        ("mask::rwx", "mask::rwx"),
        ("m::", "mask::---"),
        ("m:rw", "mask::rw-"),
        ("u:ci:x-w-r", "user:ci:rwx"),
        ("u:ci:xX", "user:ci:--x"),
        ("u:ci:X", "user:ci:--X"),
    ])
    func readsWhatSetfaclReads(text: String, canonical: String) throws {
        let rule = try ACLRule(parsing: text)
        #expect(rule.description == canonical)
        #expect(try ACLRule(parsing: canonical) == rule)
    }

    @Test(arguments: [
        ("", "an ACL entry is empty; write one like 'group:builders:rwX'"),
        (
            "default:user:ci:r",
            "the entry 'default:user:ci:r' starts with 'default:'; default entries have a key of their own, 'default'"
        ),
        ("d:g::r", "the entry 'd:g::r' starts with 'd:'; default entries have a key of their own, 'default'"),
        (
            "owner::rw",
            "the entry 'owner::rw' starts with 'owner'; "
                + "write 'user', 'group', 'mask' or 'other', as in 'group:builders:rwX'"
        ),
        (
            " user:ci:r",
            "the entry ' user:ci:r' starts with ' user'; "
                + "write 'user', 'group', 'mask' or 'other', as in 'group:builders:rwX'"
        ),
        ("user:ci", "the entry 'user:ci' has no rights; write it like 'user:ci:r-X'"),
        ("mask", "the entry 'mask' has no rights; write it like 'mask::rwx'"),
        ("u:ci:r:w", "the entry 'u:ci:r:w' has more than three parts; write it like 'user:ci:r-X'"),
        ("u:ci:r,g::r", "the entry 'u:ci:r,g::r' has a comma; write one entry per list item"),
        (
            "other:ci:r",
            "the entry 'other:ci:r' names 'ci', but 'other' entries name nobody; write 'other::---'"
        ),
        ("u: ci:r", "the entry 'u: ci:r' has a blank beside a name; write it without, as in 'user:ci:r-X'"),
        ("u:a\u{1b}b:r", "the entry 'u:a\\x1bb:r' has a control character in the name 'a\\x1bb'"),
        (
            "u:a\\101:r",
            "the entry 'u:a\\\\101:r' has the octal escape '\\\\101'; write the character itself, or an id"
        ),
        ("u:4294967295:r", "the entry 'u:4294967295:r' has the id 4294967295; ids end at 4294967294"),
        ("u:4294967296:r", "the entry 'u:4294967296:r' has the id 4294967296; ids end at 4294967294"),
        (
            "u:ci:R",
            "the entry 'u:ci:R' has 'R' in its rights; write letters of 'rwxX', dashes, or one digit from 0 to 7"
        ),
        (
            "u:ci:8",
            "the entry 'u:ci:8' has '8' in its rights; write letters of 'rwxX', dashes, or one digit from 0 to 7"
        ),
        (
            "u:ci:rr",
            "the entry 'u:ci:rr' has 'r' twice in its rights; write letters of 'rwxX', dashes, or one digit from 0 to 7"
        ),
        (
            "u:ci:XX",
            "the entry 'u:ci:XX' has 'X' twice in its rights; write letters of 'rwxX', dashes, or one digit from 0 to 7"
        ),
        (
            "u:ci:r w",
            "the entry 'u:ci:r w' has a blank in its rights; write letters of 'rwxX', dashes, or one digit from 0 to 7"
        ),
    ])
    func saysWhatWasFoundAndWhatWouldBeRight(text: String, message: String) {
        #expect(throws: ACLTextError(message: message)) { try ACLRule(parsing: text) }
    }

    @Test func resolvesNamesAndKeepsIDs() throws {
        let accounts = AccountTable(users: ["ci": UserID(1001)], groups: ["ci": GroupID(2002)])
        let rules = try ["u:ci:r", "g:ci:rwX", "u:7:x", "o::-"].map { try ACLRule(parsing: $0) }
        let resolved = try AccessList.resolved(rules, accounts: accounts)
        #expect(
            resolved == [
                ResolvedACLRule(tag: .user, id: 1001, rights: .read, executesConditionally: false),
                ResolvedACLRule(tag: .group, id: 2002, rights: [.read, .write], executesConditionally: true),
                ResolvedACLRule(tag: .user, id: 7, rights: .execute, executesConditionally: false),
                ResolvedACLRule(tag: .other, rights: [], executesConditionally: false),
            ])
    }

    @Test(arguments: [
        ("u:nobody-there:r", "unknown user 'nobody-there' in 'user:nobody-there:r--'"),
        ("g:ci:rwX", "unknown group 'ci' in 'group:ci:rwX'"),
        ("u:minus-one:rwX", "unknown user 'minus-one' in 'user:minus-one:rwX'"),
    ])
    func namesTheRuleOfAnUnknownAccount(text: String, message: String) throws {
        let accounts = AccountTable(users: ["ci": UserID(1001), "minus-one": UserID(rawValue: .max)])
        let rule = try ACLRule(parsing: text)
        let error = #expect(throws: UnknownAccount.self) { try AccessList.resolved([rule], accounts: accounts) }
        #expect(error?.description == message)
    }
}
