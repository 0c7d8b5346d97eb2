import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenObserve
import WardenTestSupport

/// What files set, beside what the programs that read them make of it.
struct EnvironmentTextTests {
    /// Returns what exported variables are after these assignments, in a process that had `HOME=/h` and `SET=before`;
    /// the value is `nil` where a script computes it.
    private func result(_ assignments: [Assignment]) -> [String: String?] {
        var environment = ProcessEnvironment(
            ["HOME": "/h", "SET": "before"].mapValues { EffectiveVariable($0, .account) })
        environment.apply(assignments, of: "/f")
        return environment.variables.mapValues(\.value)
    }

    private static let scripts = [
        "export A=/x", "A=/x", "A=/x; export A", "A=/x\nexport A B", "export A='$HOME/x' B=\"$HOME/y\" C=$HOME/z",
        "export A=\"a b\" # c\nexport B=c#d", "  export A=1; export B=2 ;C=3", "SET=after", "export SET=\"$SET:more\"",
        "export A=${HOME}/x B=${NONE:-d} C=${HOME:+set} D=${NONE:+set}", "export A=a\\ b\\$c", "A=/x true", "unset SET",
        "export A=1\nunset A", "export A=\\\n/joined", "export A=\"q\\\"q\\$q\\x\"", "export A=/x && export B=/y",
        "if true; then export A=/x; fi", "if true\nthen\n  export A=/x\nfi", "export A=$HOME$SET\"$HOME\"'$HOME'",
        "export A=", "export A=\"\"", "# export A=1", "export A=1 # b\n\n#\nexport B=$A", "export A=~x",
    ]

    @Test(arguments: scripts) func shellScriptsAsTheShellReadsThem(script: String) throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("profile", script + "\n")
        let printed = try output(
            "/bin/sh", ["-c", ". \(file); env -u PWD -u _"], ["HOME": "/h", "SET": "before"])
        let theirs = Dictionary(
            printed.split(separator: "\n").compactMap { line -> (String, String)? in
                guard let equals = line.firstIndex(of: "=") else { return nil }
                return (String(line[..<equals]), String(line[line.index(after: equals)...]))
            }
        ) { $1 }
        #expect(result(EnvironmentText.shell(script)) == theirs.mapValues(Optional.some).filter { $0.key != "OLDPWD" })
    }

    @Test(arguments: [
        "export A=$(date)", "export A=`date`", "export A=$1", "export A=\"x${HOME%h}\"", "export A=${A:-$HOME}",
    ])
    func whatAScriptComputesIsUnknown(script: String) throws {
        let assignments = EnvironmentText.shell(script)
        #expect(assignments.map(\.name) == ["A"] && result(assignments)["A"] == .some(.none))
    }

    @Test func conditionsAreTold() {
        let script =
            "export A=1\nif test -d /x; then\n  export B=2\nfi\ncase $x in y) export C=3;; esac\ntrue && export D=4\nexport E=5"
        let found = EnvironmentText.shell(script)
        #expect(
            found.filter(\.isConditional).map(\.name) == ["B", "D"]
                || found.filter(\.isConditional).map(\.name) == ["B", "C", "D"])
        #expect(found.filter { !$0.isConditional }.map(\.name) == ["A", "E"])
        #expect(found.first { $0.name == "E" }?.line == 7)
    }

    private static let generator = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: generator), "needs systemd's environment.d generator"),
        arguments: [
            "A=/x", "A=/x\nB=$A/y\nC=${A}/z", "A='single $HOME' ", "A=\"double $HOME\"", "A=a b c", "# A=1\n;B=2\nC=3",
            "A=${NONE:-default}\nB=${HOME:+alternative}", "A=x\\\ny", "A=\"a\\\"b\"", "A=$HOME/.cache/go-build",
        ])
    func environmentDAsSystemdReadsIt(text: String) throws {
        let folder = try TemporaryDirectory()
        try folder.makeDirectory("environment.d")
        try folder.write("environment.d/50-test.conf", text + "\n")
        let printed = try output(
            Self.generator, [], ["HOME": "/h", "SET": "before", "XDG_CONFIG_HOME": folder.path.string])
        let ours = result(EnvironmentText.environmentD(text)).filter { $0.key != "HOME" && $0.key != "SET" }
        var theirs: [String: String?] = [:]
        for line in printed.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "="), ours[String(line[..<equals])] != nil else { continue }
            theirs[String(line[..<equals])] = unquoted(String(line[line.index(after: equals)...]))
        }
        #expect(ours == theirs, "\(printed)")
        #expect(!theirs.isEmpty)
    }

    @Test func pamTakesValuesAsTheyAre() {
        let text = "# x\nA=/x\n  B=\"/y z\"\nexport C='$HOME'\nD=1 # why\nE\n"
        #expect(
            result(EnvironmentText.pam(text)) == [
                "HOME": "/h", "SET": "before", "A": "/x", "B": "/y z", "C": "$HOME", "D": "1",
            ])
    }

    @Test func theManagersListIsOfItsOwnSection() {
        let text = """
            [Journal]
            DefaultEnvironment=X=1
            [Manager]
            #DefaultEnvironment=Y=1
            DefaultEnvironment=A=/x "B=b c" 'C=100%%'
            DefaultEnvironment=D=$HOME \\
              E=5
            """
        #expect(
            result(EnvironmentText.manager(text)) == [
                "HOME": "/h", "SET": "before", "A": "/x", "B": "b c", "C": "100%", "D": "$HOME", "E": "5",
            ])
        #expect(result(EnvironmentText.manager(text + "\nDefaultEnvironment=\n")) == ["HOME": "/h", "SET": "before"])
    }

    // MARK: - The programs

    private func output(_ program: String, _ arguments: [String], _ environment: [String: String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    /// Undoes the quoting of the generator's output (`shell_maybe_quote` in systemd).
    private func unquoted(_ text: String) -> String {
        guard text.hasPrefix("\"") || text.hasPrefix("$'") || text.hasPrefix("'") else { return text }
        let inner = text.dropFirst(text.hasPrefix("$'") ? 2 : 1).dropLast()
        return String(inner).replacing("\\\"", with: "\"").replacing("\\$", with: "$").replacing("\\\\", with: "\\")
    }
}
