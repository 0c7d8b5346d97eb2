import SystemPackage
import Testing
import WardenModel
import WardenPolicy

/// The whole text of the messages that people meet most.
struct MessageTests {
    private func messages(_ text: String) -> String {
        read(text).diagnostics.map(\.description).joined(separator: "\n")
    }

    @Test func unknownKeys() {
        #expect(
            messages("version: 1\npolicy: p\nchaches: []\n") == """
                p.yaml:3:1: error: unknown key 'chaches'; the nearest known key is 'caches' [unknown-key]
                    chaches: []
                    ^
                help: caches
                """)
    }

    @Test func unquotedModes() {
        #expect(
            messages(policyText(cache: "mode: 0775")) == """
                p.yaml:5:11: error: a mode is four octal digits in quotes; found '0775', which YAML 1.1 reads as octal \
                and YAML 1.2 as the decimal number 775 [mode-not-octal]
                        mode: 0775
                              ^
                help: "0775"
                """)
    }

    @Test func untrustedSharing() {
        #expect(
            messages(policyText(cache: "acl: {entries: [\"group:builders:rwX\"]}")) == """
                p.yaml:5:10: error: every member of group 'builders' may write here: whoever can write to a Go build \
                cache can run code in the builds of all who use it, and no permission prevents that; say that they \
                trust each other, or give each user a cache of their own [untrusted-sharing]
                        acl: {entries: ["group:builders:rwX"]}
                             ^
                help: trust: mutual
                """)
    }

    @Test func caretsStandBelowWideAndCombinedCharacters() {
        #expect(
            messages("version: 1\npolicy: p\ncaches: [{name: é, path: /日本/e\u{301}, mode: 7}]\n") == """
                p.yaml:3:17: error: a cache's name is at most 63 letters, digits, '.', '_' or '-', a letter or digit first; \
                found 'é' [bad-name]
                    caches: [{name: é, path: /日本/e\u{301}, mode: 7}]
                                    ^
                p.yaml:3:39: error: a mode is four octal digits in quotes; found '7', which YAML reads as a decimal number, \
                in octal 7 [mode-not-octal]
                    caches: [{name: é, path: /日本/e\u{301}, mode: 7}]
                                                            ^
                help: "0007"
                """)
    }

    @Test func tabsKeepTheCaretInPlaceAndControlsAreEscaped() {
        #expect(
            messages("version: 1\npolicy:\tp\n") == """
                p.yaml:2:8: error: a tab; YAML is indented by spaces alone [tab]
                    policy:\tp
                           ^
                help: use spaces
                """)
        let hostile = Diagnostic(
            id: "x", file: "a\u{1b}[2J.yaml", mark: SourceMark(line: 1, column: 4), sourceLine: "\t\u{1b}[1mx",
            message: "m")
        #expect(hostile.description == "a\\x1b[2J.yaml:1:4: error: m [x]\n    \t\\x1b[1mx\n    \t     ^")
    }

    @Test func longLinesAreCutAroundTheMark() {
        let line = String(repeating: "a", count: 500) + "b" + String(repeating: "c", count: 500)
        let diagnostic = Diagnostic(
            level: .warning, id: "x", file: "f", mark: SourceMark(line: 9, column: 501), sourceLine: line, message: "m")
        let lines = diagnostic.description.split(separator: "\n").map(Array.init)
        #expect(lines.count == 3)
        let caret = lines[2].firstIndex(of: "^")
        #expect(caret.map { lines[1][$0] } == "b")
        #expect(lines[1].count < 110)
    }

    @Test func wholeFilesHaveNoPlace() {
        #expect(
            read(String(repeating: "#", count: 300_000)).diagnostics.map(\.description)
                == ["p.yaml: error: the file has 300000 bytes; at most 262144 are read [file-too-large]"])
    }
}
