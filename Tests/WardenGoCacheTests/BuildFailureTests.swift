import SystemPackage
import Testing
import WardenGoCache

@Suite("Why builds fail") struct BuildFailureTests {
    private static let entry = "open /c/ba/" + String(repeating: "ba", count: 32) + "-d"

    /// Real messages; the end-to-end tests make each of them.
    @Test(
        arguments: [
            (.diskFull, "internal/goos: write /tmp/importcfg: no space left on device"),
            (.permission, "failed to initialize build cache at /c: mkdir /c/00: permission denied"),
            (.permission, entry + ": permission denied"),
            (.cache, "./main.go:3:8: could not import example.com/p/lib (\(entry): no such file or directory)"),
            (.cache, "build cache is required, but could not be located: GOCACHE is not an absolute path"),
            (.toolchain, "go: go.mod requires go >= 1.99 (running go 1.27.3; GOTOOLCHAIN=local)"),
            (.toolchain, "compile: version \"go1.24.11\" does not match go tool version \"go1.27.3\""),
            (.dependencies, "main.go:2:8: missing go.sum entry for module providing package example.com/q; to add:"),
            (.network, "main.go:2:8: example.com/q@v1.0.0: reading http://h/503/v1.0.0.zip: 503 Service Unavailable"),
            (.network, "main.go:2:8: example.com/q@v1.0.0: Get \"http://h/q.zip\": dial tcp: lookup h: no such host"),
            (.code, "./main.go:3:15: undefined: x"), (.unknown, "signal: killed"), (.unknown, "make: *** Error 1"),
        ] as [(BuildFailure.Reason, String)])
    func messagesHaveTheirReasons(reason: BuildFailure.Reason, line: String) {
        let failure = BuildFailure(errors: Array("# example.com/p\n\(line)\n".utf8), output: [])
        #expect(failure.reason == reason)
        #expect(failure.line == Array(line.utf8))
    }

    @Test func fullDisksComeBeforeEverythingElse() {
        let text = "./main.go:3:15: undefined: x\n\(Self.entry): permission denied\nx: no space left on device\n"
        #expect(BuildFailure(errors: Array(text.utf8), output: []).reason == .diskFull)
    }

    @Test(arguments: ["    m_test.go:5: ", "\t"])
    func testsThatSpeakOfRightsAreCode(before: String) {
        let text = "--- FAIL: TestX (0.00s)\n\(before)\(Self.entry): permission denied\nFAIL\n"
        #expect(BuildFailure(errors: [], output: Array(text.utf8)).reason == .code)
        #expect(BuildFailure(errors: Array(text.utf8), output: []).reason == .code, "in one file with Go's messages")
        let plain = "\(Self.entry): permission denied\n--- FAIL: TestX (0.00s)\n"
        #expect(BuildFailure(errors: [], output: Array(plain.utf8)).reason == .code)
    }

    @Test func linesAreCutAndCannotMoveTheCursor() {
        let failure = BuildFailure(
            errors: Array("a.go:1:2: \u{1b}[2J".utf8) + Array(repeating: 0x78, count: 900), output: [])
        #expect(failure.shownLine?.contains("\u{1b}") == false)
        #expect((failure.shownLine ?? "").utf8.count < 220)
        #expect(BuildFailure(errors: [], output: []).shownLine == nil)
        #expect(BuildFailure(errors: Array(" \n\t\r\n".utf8), output: []).shownLine == nil)
    }

    @Test(
        arguments: [
            (["go", "build", "-C", "d", "."], "d"), (["/usr/bin/go", "-C", "d", "build"], "d"),
            (["go", "test", "-C=d"], "d"),
            (["go", "build", "--C", "d"], "d"), (["make", "-C", "d"], nil), (["go", "build", ".", "-C", "d"], nil),
            (["go", "build", "-C"], nil), (["go"], nil), ([], nil),
        ] as [([String], String?)])
    func knowsWhereGoBuilds(words: [String], directory: String?) {
        #expect(GoInvocation(words.map { Array($0.utf8) }).directory == directory.map { FilePath($0) })
    }

    @Test(
        arguments: [
            ("module example.com/p\n", "example.com/p"), ("// module no\n\nmodule \"a.b/c\" // x\r\n", "a.b/c"),
            ("module (\n\texample.com/p\n)\n", "example.com/p"), ("go 1.18\nmodule x\n", "x"), ("go 1.18\n", nil),
            ("module\n", nil), ("modules x\n", nil), ("", nil), ("module \(String(repeating: "x", count: 300))\n", nil),
        ] as [(String, String?)])
    func readsTheModuleLine(content: String, path: String?) {
        #expect(ModuleDeclaration(parsing: Array(content.utf8)).path == path)
    }
}
