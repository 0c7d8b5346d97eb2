import Testing
import WardenGoCache

@Suite("What entries say of packages") struct TraceTests {
    @Test(
        arguments: [
            ("ok  \texample.com/app\t0.006s\n", "example.com/app"),
            ("noise\nPASS\nok  \texample.com/app\t0.1s\tcoverage: 1.0% of statements\n", "example.com/app"),
            ("\u{16}ok  \ta\t1s\n", "a"), ("ok  \ta\u{1b}\t1s\n", "a\\x1b"), ("ok  \ta\t1s", nil), ("ok  \ta\n", nil),
            ("ok  \t\t1s\n", nil), ("ok  \ta\t1s\nmore\n", nil), ("# test log\nopen a\n", nil), ("", nil),
            ("\n\n", nil),
            ("FAIL\ta\t1s\n", nil),
        ] as [(String, String?)]) func resultsOfTestsEndWithTheirPackage(text: String, package: String?)
    {
        #expect(TestResult.package(end: Array(text.utf8)) == package)
    }

    @Test func longPackagesAreNobodys() {
        let name = String(repeating: "a", count: 257)
        #expect(TestResult.package(end: Array("ok  \t\(name)\t1s\n".utf8)) == nil)
    }

    @Test func listsNameGeneratedFiles() {
        func names(_ list: String) -> [String] {
            FurtherOutputs.generated(in: Array(list.utf8)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(names("./a.go\n_cgo_gotypes.go\n./b.s\na.cgo1.go\n") == ["_cgo_gotypes.go", "a.cgo1.go"])
        #expect(names("../a.go\n/etc/x.go\n") == [])
        #expect(names("") == [])
        #expect(names(String(repeating: "x.go\n", count: 1_000)).count == 256)
        #expect(names(String(repeating: "x", count: 256) + "\n") == [])
    }

    @Test(
        arguments: [
            ("go build ./...", "build"), ("go -C dir test", "test"), ("go -C=dir vet -x", "vet"),
            ("go --C dir run .", "run"),
            ("go", nil), ("go -C", nil), ("go -C dir", nil), ("go -h", nil), ("/usr/bin/go mod tidy", "mod"),
        ] as [(String, String?)]) func commandsAreToldByTheirFirstWord(line: String, name: String?)
    {
        #expect(GoSubcommand.name(in: line.split(separator: " ").map { Array($0.utf8) }) == name)
    }

    @Test func hostileWordsAreEscapedAndShort() {
        #expect(GoSubcommand.name(in: [[0x67, 0x6f], [0x1b, 0x5b]]) == "\\x1b[")
        #expect(GoSubcommand.name(in: [[], [UInt8](repeating: 0x61, count: 5_000)])?.count == 32)
        #expect(GoSubcommand.name(in: []) == nil)
        #expect(GoSubcommand.name(in: [[0x67, 0x6f], []]) == nil)
    }
}
