import SystemPackage
import Testing
import WardenModel
import WardenYAML

private func ids(_ text: String) -> [String] { parseYAML(Array(text.utf8), file: "p.yaml").diagnostics.map(\.id) }

struct LimitTests {
    private let clock = ContinuousClock()

    @Test func refusesAliasBombsQuickly() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...7 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let time = clock.measure {
            #expect(Set(ids(bomb)) == ["anchor", "alias"])
        }
        // Followed, the aliases would be five million values.
        #expect(time < .seconds(1))
    }

    @Test(arguments: [
        String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000),
        (0..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        String(repeating: "- ", count: 1000) + "a\n",
        String(repeating: "{a: ", count: 1000),
    ])
    func refusesDeepNesting(_ text: String) {
        let text = text.utf8.count > 200_000 ? String(text.prefix(200_000)) : text
        #expect(ids(text).contains("nested-too-deep"))
    }

    @Test func acceptsNestingUpToTheLimit() {
        let deep = { (levels: Int) in
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(ids(deep(32)) == [])
        #expect(ids(deep(33)) == ["nested-too-deep"])
    }

    @Test func limitsTheNumberOfValues() {
        #expect(ids("[" + String(repeating: "a,", count: 19_999) + "]") == [])
        #expect(ids("[" + String(repeating: "a,", count: 20_000) + "]") == ["too-many-nodes"])
    }

    @Test func limitsTheSizeOfTheFile() {
        let comment = "a: 1\n#" + String(repeating: "x", count: 256 * 1024 - 6)
        #expect(ids(comment) == [])
        #expect(ids(comment + "x") == ["file-too-large"])
    }

    @Test func limitsTheNumberOfDiagnostics() {
        let text = (0..<5000).map { "a\($0): *x\n" }.joined()
        #expect(ids(text).count == 100)
    }

    @Test func staysFastOnOneLongLineOfOtherScripts() {
        let text = "[" + String(repeating: "é,", count: 19_000) + "]"
        let time = clock.measure { #expect(ids(text) == []) }
        #expect(time < .seconds(10))
    }
}
