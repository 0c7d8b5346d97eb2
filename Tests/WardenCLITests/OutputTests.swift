import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenPolicy
import WardenTestSupport

@Suite("What the program prints") struct OutputTests {
    private static let policy = """
        version: 1
        policy: mine
        caches: [{name: go-build, path: /srv/cachewarden-test-nowhere, retention: {max-size: 1GiB}}]

        """

    private func withoutMoments(_ text: String) -> String {
        text.split(separator: "\n").filter {
            !$0.hasPrefix("run ") && !$0.hasPrefix("          ") && !$0.hasPrefix("  disk ")
        }
        .joined(separator: "\n")
    }

    @Test func logsToStandardErrorAndReportsTheSame() throws {
        let program = try Program()
        let quiet = try program.run("check")
        #expect(quiet.errors.isEmpty, "\(quiet)")
        for (option, level) in [("-v", "info"), ("-vv", "debug"), ("--verbose", "info")] {
            let loud = try program.run("check", option)
            #expect(withoutMoments(loud.output) == withoutMoments(quiet.output))
            #expect(loud.errors.contains(" \(level) cachewarden: "), "\(loud)")
            #expect(loud.errors.contains("cache observed"))
            #expect(loud.errors.contains(" debug ") == (level == "debug"))
        }
    }

    @Test(
        arguments: [
            (["--color", "always"], [:], true), (["--color", "never"], [:], false), ([], [:], false),
            (["--color", "always"], ["NO_COLOR": "1"], true), (["--color", "auto"], ["NO_COLOR": "1"], false),
        ] as [([String], [String: String], Bool)])
    func coloursOnlyWhereItIsWanted(options: [String], variables: [String: String], isColored: Bool) throws {
        var program = try Program()
        program.environment.merge(variables) { $1 }
        #expect(try program.run(["check"] + options).output.contains("\u{1b}[") == isColored)
    }

    @Test func writesEachReportToItsPlace() throws {
        let program = try Program()
        let result = try program.run(
            "check", "--format", "json", "--output", "r.json", "--format", "text", "--output", "-")
        #expect(result.status == 0, "\(result)")
        #expect(result.output.hasPrefix("COMPLIANT"), "\(result)")
        let json = try JSONSerialization.jsonObject(with: Data(try program.directory.read("r.json")))
        #expect((json as? [String: Any])?["schema"] as? String == "cachewarden.report/1")
        let last = try program.run("check", "--format", "text", "--output", "r.txt", "--format", "json")
        #expect(last.output.hasPrefix("{"), "\(last)")
        #expect(try program.directory.read("r.txt").starts(with: Array("COMPLIANT".utf8)))
        let nowhere = try program.run("check", "--output", "no/such/place")
        #expect(nowhere.status == 1)
        #expect(nowhere.errors.contains("cannot write"), "\(nowhere)")
    }

    @Test func saysThatStandardOutputIsFull() throws {
        let program = try Program()
        let result = try program.run(["policy", "rules"], output: "/dev/full")
        #expect(result.status == 1, "\(result)")
        #expect(result.errors == "cachewarden: cannot write to standard output: No space left on device\n")
    }

    @Test func checksPolicyFiles() throws {
        let program = try Program()
        try program.directory.write("good.yaml", Self.policy)
        try program.directory.write("bad.yaml", "version: 1\npolicy: bad\ncashes: []\n")
        let good = try program.run("policy", "lint", "good.yaml")
        #expect(good.status == 0, "\(good)")
        #expect(good.output.hasPrefix("1 policy file: no errors, "), "\(good)")
        let bad = try program.run("policy", "lint", "good.yaml", "bad.yaml")
        #expect(bad.status == 65, "\(bad)")
        #expect(bad.output.isEmpty)
        #expect(bad.errors.contains("bad.yaml:3:1"), "\(bad)")
        try program.directory.makeDirectory("none")
        let none = try program.run("policy", "lint", "none")
        #expect((none.status, none.output) == (0, "no policy files in 'none'\n"))
        let missing = try program.run("policy", "lint", "missing.yaml")
        #expect(missing.status == 1, "\(missing)")
    }

    @Test func showsPoliciesThatLintTakesBack() throws {
        let program = try Program()
        try program.directory.write("good.yaml", Self.policy)
        let shown = try program.run("policy", "show", "--policy", "good.yaml")
        #expect(shown.status == 0, "\(shown)")
        try program.directory.write("shown.yaml", shown.output)
        #expect(try program.run("policy", "lint", "shown.yaml").status == 0, "\(shown)")
    }

    @Test func rollsUpReportsOfHosts() throws {
        let program = try Program()
        for name in ["out/a.json", "out/b.json"] {
            let check = try program.run(
                "check", "--format", "json", "--output", program.directory.path(FilePath(name)).string)
            #expect([0, 2].contains(check.status), "\(check)")
        }
        let folder = program.directory.path("out").string
        let text = try program.run("report", "--merge", folder)
        #expect(text.output.contains("1 host with") && text.output.contains("1 older report left out"), "\(text)")
        #expect(text.status == (text.output.hasPrefix("COMPLIANT") ? 0 : 2))
        let csv = try program.run("report", "--merge", folder, "--format", "csv")
        #expect(csv.output.hasPrefix("host,verdict,") && csv.output.split(separator: "\r\n").count == 2, "\(csv)")
        // What cannot be read is said, and the rest is reported.
        try program.directory.write("out/bad.json", "{}")
        let partly = try program.run("report", "--merge", folder, "/nowhere", "--output", "\(folder)/fleet.txt")
        #expect(partly.status == 1 && partly.output.isEmpty, "\(partly)")
        let said = String(decoding: try program.directory.read("out/fleet.txt"), as: UTF8.self)
        #expect(said.contains("2 files could not be read") && said.contains("'/nowhere'"), "\(said)")
    }

    @Test func describesEveryRule() throws {
        let program = try Program()
        let list = try program.run("policy", "rules")
        let markdown = try program.run("policy", "rules", "--format", "markdown")
        for rule in RuleID.allCases {
            #expect(list.output.contains("\n\(rule.rawValue) ") || list.output.hasPrefix(rule.rawValue))
            #expect(markdown.output.contains(rule.rawValue))
        }
        let explained = try program.run("policy", "explain", "entry-acl")
        for part in ["entry-acl (", "Why: ", "What to do: "] {
            #expect(explained.output.contains(part), "\(explained)")
        }
    }

    @Test func describesEveryCheckOfPolicyFilesBehindTheRules() throws {
        let program = try Program()
        let list = try program.run("policy", "rules").output.split(separator: "\n").map(String.init)
        let checks = list.drop { $0 != "Checks of policy files" }.dropFirst()
        #expect(checks.map { $0.prefix { $0 != " " } } == LintID.allCases.map { $0.rawValue[...] })
        #expect(checks.filter { !$0.contains(" error  ") && !$0.contains(" warning  ") } == [])
        #expect(list.count == RuleID.allCases.count + 1 + LintID.allCases.count)
        let markdown = try program.run("policy", "rules", "--format", "markdown").output
        #expect(LintID.allCases.filter { !markdown.contains("\n### \($0.rawValue)\n") } == [])
    }

    @Test(arguments: LintID.allCases)
    func explainsEveryCheckOfPolicyFiles(_ id: LintID) throws {
        let check = LintReference.of(id)
        let explained = try Program().run("policy", "explain", id.rawValue)
        #expect(explained.status == 0, "\(explained)")
        #expect(
            explained.output == """
                \(id.rawValue) (\(check.level.rawValue)): \(check.summary)

                Why: \(check.why)

                What to do: \(check.remedy)

                """)
    }

    @Test func completesRulesAndChecks() throws {
        let script = try Program().run("--generate-completion-script", "bash").output
        let names = RuleID.allCases.map(\.rawValue) + LintID.allCases.map(\.rawValue)
        #expect(names.filter { !script.contains($0) } == [])
    }

    @Test func tracesForAWhile() throws {
        let program = try Program()
        let text = try program.run("trace", "--duration", "1s")
        #expect(text.status == 0 && text.output.hasPrefix("tracing what is written\n"), "\(text)")
        #expect(text.output.contains("\nwrote 0 entries (0 B) in "), "\(text)")
        let json = try program.run("trace", "--duration", "1s", "--hits", "--format", "json")
        let kinds = try json.output.split(separator: "\n").map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }.map { $0?["kind"] as? String }
        #expect(json.status == 0 && kinds.first == "start" && kinds.last == "summary", "\(json)")
        let refused = try program.run("trace", "nowhere/at/all")
        #expect(refused.status == 1 && refused.errors.contains("cannot trace"), "\(refused)")
    }

    @Test func printsASchemaThatIsJSON() throws {
        let schema = try Program().run("policy", "schema")
        let object = try JSONSerialization.jsonObject(with: Data(schema.output.utf8)) as? [String: Any]
        #expect(object?["$schema"] != nil)
    }

    @Test func takesWeirdArgumentsAsNames() throws {
        let program = try Program()
        for name in ["a\u{1b}[31mb", "new\nline", "-", String(repeating: "x", count: 5000)] {
            let result = try program.run("check", "--policy", name)
            #expect(result.status == 1, "\(result)")
            #expect(!result.errors.contains("\u{1b}"), "\(result)")
            #expect(result.errors.hasPrefix("cachewarden: cannot "), "\(result)")
        }
    }
}

@Suite("cachewarden audit") struct AuditCommandTests {
    /// Lets a run of the caller's own write a log below `host` and returns where it stands.
    private func applied(_ program: borrowing Program) throws -> String {
        try program.directory.makeDirectory("host/srv")
        try program.directory.makeDirectory("host/srv/cache")
        _ = try GoCacheTree(in: program.directory, at: "host/srv/cache", pairs: 2)
        try program.directory.makeDirectory("host/etc")
        try program.directory.makeDirectory("host/etc/cachewarden")
        try program.directory.write(
            "host/etc/cachewarden/agent.yaml", "version: 1\naudit: {path: /srv/log/audit.jsonl}\n")
        try program.directory.write(
            "p.yaml", "version: 1\npolicy: p\nmode: enforce\ncaches: [{name: c, path: /srv/cache, mode: \"0700\"}]\n")
        let result = try program.run("apply", "--root", "host", "--policy", "p.yaml")
        #expect(result.status == 0, "\(result)")
        return program.directory.path("host/srv/log/audit.jsonl").string
    }

    @Test func showsAndProvesWhatARunDid() throws {
        let program = try Program()
        let log = try applied(program)
        let shown = try program.run("audit", "show", "--root", "host")
        #expect(shown.status == 0, "\(shown)")
        #expect(shown.output.contains("started 'apply'"), "\(shown)")
        #expect(shown.output.contains("mode 0755 → 0700"), "\(shown)")
        #expect(shown.output.contains("ended repaired with exit code 0"), "\(shown)")
        let json = try program.run("audit", "show", "--log", log, "--format", "json")
        #expect(Array(json.output.utf8) == (try program.directory.read("host/srv/log/audit.jsonl")))
        #expect(try program.run("audit", "show", "--log", log, "--run", "nobody").output.isEmpty)
        let whole = try program.run("audit", "verify", "--root", "host")
        #expect(whole.status == 0, "\(whole)")
        #expect(whole.output.hasPrefix("WHOLE"), "\(whole)")
    }

    @Test func tellsWhatTheLogSaysOfThePast() throws {
        let program = try Program()
        let log = try applied(program)
        let told = try program.run("report", "--root", "host")
        #expect(told.status == 0 && told.output.hasPrefix("HISTORY  ") && told.output.contains("root-mode"), "\(told)")
        #expect(
            try program.run("report", "--log", log, "--since", "1h", "--format", "csv").output.contains("c,/srv/cache,")
        )
        let page = try program.run("report", "--log", log, "--format", "html", "--output", "-")
        #expect(page.output.hasPrefix("<!DOCTYPE html>"))
        let future = try program.run("report", "--log", log, "--since", "2999-01-01")
        #expect(future.status == 64 && future.errors.contains("2999-01-01T00:00:00.000Z"), "\(future)")
        let missing = try program.run("report", "--log", "nowhere")
        #expect(missing.status == 1 && missing.errors.contains("nowhere"), "\(missing)")
    }

    @Test func findsTheRecordThatWasChanged() throws {
        let program = try Program()
        let log = try applied(program)
        let text = String(decoding: try program.directory.read("host/srv/log/audit.jsonl"), as: UTF8.self)
        try program.directory.write(
            "host/srv/log/audit.jsonl", text.replacingOccurrences(of: "\"apply\"", with: "\"check\""))
        let result = try program.run("audit", "verify", "--log", log)
        #expect(result.status == 2, "\(result)")
        #expect(result.output.contains("line 2"), "\(result)")
    }

    @Test func saysThatThereIsNoLog() throws {
        let program = try Program()
        for command in ["show", "verify"] {
            let missing = try program.run("audit", command, "--log", "none.jsonl")
            #expect(missing.status == 1, "\(missing)")
            #expect(missing.errors.contains("none.jsonl"), "\(missing)")
        }
        try program.directory.write("text", "1\n2\n3\n4\n5\n6\n")
        let text = try program.run("audit", "show", "--log", "text")
        #expect(text.status == 1, "\(text)")
        #expect(text.errors.contains("holds no record of an audit log"), "\(text)")
        #expect(text.errors.split(separator: "\n").count == 4, "\(text)")
    }
}
