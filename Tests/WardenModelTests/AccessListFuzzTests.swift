import Testing
import WardenModel
import WardenTestSupport

/// Damaged ACLs, as text and as the kernel keeps them: what is taken for one means the same when it is written again.
struct AccessListFuzzTests {
    @Test("103: ACL text") func text() throws {
        let originals = [
            "group:builders:rwX", "user:ci:r-x", "other::---", "mask::rwx", "u:1000:7", "default:g:a b:rw",
        ]
        try Fuzzing(originals.map { Array($0.utf8) }, words: [":", "::", "rwx", "X", "\\040", "#", ",", "d:"]).run {
            mutant in
            // Refusing is the usual answer.
            guard let rule = try? ACLRule(parsing: String(decoding: mutant, as: UTF8.self)) else { return }
            let again = try ACLRule(parsing: rule.description)
            #expect(again == rule, "\(rule)")
        }
    }

    @Test("103: ACL attributes") func attribute() throws {
        let list = AccessList([
            .init(.owner, .all), .init(.user, id: 1_001, .read), .init(.owningGroup, .all),
            .init(.group, id: 2_000, .all),
            .init(.mask, .all), .init(.other, []),
        ])
        try Fuzzing([list.attributeBytes]).run { mutant in
            guard let found = AccessList(attribute: mutant) else { return }
            #expect(AccessList(attribute: found.attributeBytes) == found, "\(mutant)")
        }
    }
}
