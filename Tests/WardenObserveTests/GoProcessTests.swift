import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve

struct GoProcessTests {
    @Test(arguments: [
        ("go", true), ("gotip", true), ("go1.27.3", true), ("go1.28rc1", true), ("go-1.24", true), ("gopls", false),
        ("gofmt", false), ("good", false), ("compile", false), ("", false), ("g", false), ("Go", false), ("go2", false),
        ("cgo", false), ("go ", false),
    ]) func knowsGoByItsNames(name: String, expected: Bool) {
        let bytes = Array(name.utf8)
        func isGo(_ name: [UInt8], _ executable: HostProcess.Program.Executable) -> Bool {
            GoProcess.isGo(HostProcess.Program(name: name, executable: executable))
        }
        #expect(isGo(bytes, .hidden) == expected)
        #expect(isGo(bytes, .file("/usr/bin/other")) == expected)
        #expect(isGo(Array("other".utf8), .file(FilePath("/usr/bin").appending(name))) == expected)
        #expect(isGo(Array("other".utf8), .removed(FilePath("/usr/bin").appending(name))) == expected)
    }

    @Test(arguments: [
        (["go", "test", "-fuzz=F"], false, true), (["go", "test", "-fuzz", "F"], false, true),
        (["go", "test", "--fuzz=F"], false, true), (["go", "test", "-test.fuzz=F"], false, true),
        (["go", "test", "-fuzztime=5s"], false, false), (["go", "test", "fuzz"], false, false),
        (["go", "build", "./fuzz"], false, false), (["go", "test"], true, true), (["go", "build"], true, false),
        ([], false, false),
    ]) func knowsFuzzing(words: [String], isCut: Bool, expected: Bool) {
        let arguments = HostProcess.Arguments(words: words.map { Array($0.utf8) }, isCut: isCut)
        #expect(GoProcess.activity(of: arguments, flags: nil) == (expected ? .fuzzing : .building))
    }

    @Test(arguments: [("-x -fuzz=F", true), ("'-fuzz=F'", true), ("-x", false), ("", false)])
    func knowsFuzzingByTheEnvironment(flags: String, expected: Bool) {
        let arguments = HostProcess.Arguments(words: [Array("go".utf8)], isCut: false)
        #expect(GoProcess.activity(of: arguments, flags: flags) == (expected ? .fuzzing : .building))
    }

    @Test func showsTheFirstWordsOnly() {
        func command(_ words: [String], isCut: Bool = false) -> String {
            GoProcess.command(HostProcess.Arguments(words: words.map { Array($0.utf8) }, isCut: isCut), name: [0x67])
        }
        #expect(command(["go", "build", "./..."]) == "go build ./...")
        #expect(command([]) == "g")
        #expect(command(["go", "a\u{1b}[2J", "\u{202e}"]) == "go a\\x1b[2J \\u{202e}")
        #expect(command(["go", "test", String(repeating: "x", count: 80)]) == "go test …")
        #expect(command(["go", "build"], isCut: true) == "go build …")
        let long = command([String(repeating: "\n", count: 80), "x"])
        #expect(long.hasSuffix("\\n… …") || long.hasSuffix("\\… …"))
        for count in 0..<200 {
            for word in ["x", "é", "\n", "e\u{301}"] {
                let words = [[String](repeating: word, count: count).joined(), word, String(repeating: word, count: 9)]
                #expect(command(words).unicodeScalars.count <= 80)
                #expect(command(words, isCut: true).unicodeScalars.count <= 80)
            }
        }
    }
}
