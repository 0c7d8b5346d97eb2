import Testing
import WardenGoCache
import WardenTestSupport

/// Damaged actions, `trim.txt` and GOENV files: two readers of one format never disagree.
struct ActionFuzzTests {
    @Test("70, 103: actions") func actions() throws {
        let id = String(repeating: "ab", count: 32)
        let output = String(repeating: "0123456789abcdef", count: 4)
        let line = "v1 \(id) \(output) " + String(repeating: " ", count: 16) + "4096  1795406400000000000\n"
        let name = Array("\(id)-a".utf8)
        let found = EntryHash(entryName: name.span)
        let hash = try #require(found)
        var good = 0
        try Fuzzing([Array(line.utf8)], words: ["v1 ", "v2 ", "+", "0x"]).run { mutant in
            // What makes it damaged does not matter here.
            let slow = (try? ActionEntry(parsing: mutant.span, named: hash))?.output.leading
            #expect(PairKey.ofAction(mutant.span, named: name.span) == slow, "\(mutant)")
            good += slow == nil ? 0 : 1
        }
        #expect(good > 0, "some mutations must leave a good action")
    }

    @Test("103: trim.txt and GOENV") func bookkeeping() throws {
        let texts = ["1795406400", " 1795406400\n", "GOCACHE=/var/cache/go-build\nGOFLAGS=-mod=mod\n# no\n"]
        try Fuzzing(texts.map { Array($0.utf8) }, words: ["=", "#", "GOCACHE="]).run { mutant in
            _ = TrimFile.time(mutant.span).map { "\($0)" }
            _ = EnvironmentFile(parsing: mutant)
        }
    }
}
