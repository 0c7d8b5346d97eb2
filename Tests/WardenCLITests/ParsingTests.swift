import ArgumentParser
import Testing
import WardenCLI
import WardenModel

@Suite("Arguments") struct ParsingTests {
    @Test(arguments: [
        ["check"], ["plan"], ["apply"], ["check", "-v"], ["check", "-vv"], ["check", "--verbose"],
        ["check", "--policy", "a", "--policy", "b"], ["check", "--settings", "a"], ["check", "--root", "/a"],
        ["check", "--host-name", "h"], ["check", "--label", "a=b", "--label", "c="], ["check", "--label", "a=b=c"],
        ["check", "--only", "entry-acl", "root-mode", "--threads", "4"], ["check", "--threads", "1"],
        ["check", "--threads", "1024"], ["check", "--progress", "never", "--color", "always"],
        ["check", "--format", "json"], ["check", "--output", "a"], ["check", "--format", "text", "--output", "a"],
        ["check", "--format", "text", "--output", "a", "--format", "json", "--output", "b"],
        ["check", "--format", "text", "--output", "a", "--format", "json"], ["plan", "--out", "a"],
        ["apply", "--plan", "a"], ["watch"], ["watch", "--interval", "10s", "--policy", "a"], ["policy", "lint"],
        ["policy", "lint", "a", "b", "--settings", "c"],
        ["policy", "show", "--policy", "a"], ["policy", "schema"], ["policy", "rules", "--format", "markdown"],
        ["policy", "explain", "entry-acl"], ["policy", "explain", "other-writable"],
        ["procs"], ["analyze"], ["analyze", "/var/cache/go-build", "--top", "0", "--format", "json"],
        ["trace"], ["trace", "/var/cache/go-build", "--duration", "90s", "--hits", "--format", "json"],
        ["procs", "--user", "a", "--user", "0", "--format", "json"], ["access", "/a"],
        ["access", "a", "--user", "b", "--user", "0", "--group", "c", "--root", "/d"],
        ["audit", "show", "--format", "json", "--run", "7f", "--log", "a"],
        ["audit", "verify", "--log", "a", "--settings", "b", "--root", "c"], ["exec", "--", "go", "build"],
        ["exec", "--quiet", "--root", "a", "--", "--quiet", "--", "-x"],
        ["export", "alert-rules", "--interval", "12h"],
        ["notify"], ["notify", "--settings", "a", "--root", "b", "--format", "json"], ["notify", "--test"],
        ["notify", "--failed-unit", "a.service"], ["export", "units"], ["export", "units", "--directory", "a"],
        ["export", "recording-rules"], ["export", "recording-rules", "--interval", "12h"], ["export", "schema"],
        ["export", "dashboard"],
        ["report", "--merge", "a", "b", "--format", "html", "--output", "c"], ["report"],
        ["report", "--since", "2w", "--format", "csv"], ["report", "--since", "2026-11-01", "--log", "a"],
        ["report", "--since", "2026-11-01T08:00+01:00", "--settings", "a", "--root", "b"],
    ])
    func takes(arguments: [String]) throws {
        #expect(throws: Never.self) { _ = try Cachewarden.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        (["check", "--format", "xml"], "there are text, json, junit, sarif, html and prometheus"),
        (["check", "--format", ""], "there are text, json, junit, sarif, html and prometheus"),
        (["stat", "--format", "html"], "this command's report is no html: there are text and json"),
        (["doctor", "--format", "junit"], "this command's report is no junit"),
        (["clean", "x", "--format", "sarif"], "this command's report is no sarif"),
        (["verify", "x", "--format", "prometheus"], "this command's report is no prometheus"),
        (["notify", "--format", "html"], "this command's report is no html"),
        (["notify", "--test", "--failed-unit", "a"], "are two messages"),
        (["access", "/x", "--format", "html"], "this command's report is no html"),
        (["analyze", "--format", "junit"], "this command's report is no junit"), (["analyze", "--top", "-1"], "--top"),
        (["trace", "--format", "html"], "'html'"), (["trace", "--duration", "0s"], "at least 1s"),
        (["trace", "--duration", "soon"], "'soon'"), (["trace", "--duration"], "Missing value"),
        (["procs", "--format", "sarif"], "this command's report is no sarif"),
        (["explain", "/x", "--format", "junit"], "this command's report is no junit"),
        (["check", "--format"], "Missing value"), (["check", "--policy", ""], "'--policy"),
        (["check", "--settings", ""], "'--settings"), (["check", "--root", ""], "'--root"),
        (["check", "--output", ""], "'--output"), (["plan", "--out", ""], "'--out"),
        (["apply", "--plan", ""], "'--plan"), (["audit", "show", "--log", ""], "'--log"),
        (["policy", "lint", ""], "''"), (["check", "--label", "role"], "'role'"), (["check", "--label", "=x"], "'=x'"),
        (["check", "--only", "entry-foo"], "'cachewarden policy rules' lists them"),
        (["check", "--only"], "Missing value"),
        (["check", "--only", "rot-acl"], "the nearest is 'root-acl'"),
        (["check", "--only", "other-writable"], "there is no such rule"),
        (["policy", "explain", "entry-foo"], "'cachewarden policy rules' lists them"),
        (["policy", "explain", "nothing-like-it"], "there is no such rule; 'cachewarden policy rules' lists them"),
        (["policy", "explain", "root-acls"], "the nearest is 'root-acl'; 'cachewarden policy rules' lists them"),
        (["policy", "explain", "other-writeable"], "the nearest is 'other-writable'; 'cachewarden policy rules'"),
        (["policy", "explain"], "Missing expected argument"), (["check", "--threads", "0"], "from 1 to 1024; found 0"),
        (["check", "--threads", "1025"], "found 1025"), (["watch", "--interval", "9s"], "at least 10s"),
        (["check", "--threads", "many"], "'many'"),
        (["check", "--threads", "99999999999999999999"], "'--threads"), (["check", "--progress", "no"], "'no'"),
        (["check", "--color", "blue"], "'blue'"), (["check", "--output", "a", "--output", "b"], "needs its --format"),
        (["check", "--format", "text", "--format", "json"], "only one report can go to standard output"),
        (["check", "--out", "a"], "--out"), (["plan", "--plan", "a"], "--plan"), (["check", "extra"], "'extra'"),
        (["audit", "show", "--format", "markdown"], "'markdown'"), (["policy", "rules", "--format", "json"], "'json'"),
        (["report", "--since", "30"], "'30'"), (["report", "--merge"], "Missing value"),
        (["report", "--since", "1d", "--merge", "a"], "found both"),
        (["report", "--since", "2026-02-30"], "'2026-02-30'"),
        (["report", "--merge", "a", "--format", "junit"], "'junit'"), (["exec"], "Missing expected argument"),
        (["exec", "--"], "Missing expected argument"), (["exec", "--", ""], "no command after '--'"),
        (["exec", "go", "build"], "--"), (["bogus"], "'bogus'"), (["--bogus"], "'--bogus'"),
        (["check", "--policy", "a", "--bo\u{fffd}gus"], "gus"),
    ])
    func refusesAsWrongUsage(arguments: [String], words: String) {
        #expect {
            _ = try Cachewarden.parseAsRoot(arguments)
        } throws: { error in
            let message = Cachewarden.fullMessage(for: error)
            return Cachewarden.exitCode(for: error) == .validationFailure && message.contains(words)
        }
        #expect(ExitCode.validationFailure.rawValue == 64)
    }

    @Test(arguments: [["--help"], ["check", "--help"], ["policy", "lint", "-h"], ["--version"]])
    func helpAndVersionAreNoFailure(arguments: [String]) {
        #expect {
            // `help` is a command of its own and says its text when it runs.
            var command = try Cachewarden.parseAsRoot(arguments)
            try command.run()
        } throws: {
            Cachewarden.exitCode(for: $0) == .success
        }
    }

    @Test func everyRuleCanBeAskedFor() throws {
        for rule in RuleID.allCases {
            _ = try Cachewarden.parseAsRoot(["check", "--only", rule.rawValue])
        }
    }
}
