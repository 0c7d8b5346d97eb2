import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Usage, policies and host selection as people type them. Needs no rights.
    @Suite("The command line") struct CommandLineTests {
        @Test(arguments: [
            ["--no-such-option"], ["check", "--no-such-option"], ["no-such-command"], ["check", "--format", "word"],
        ])
        func rejectsWhatItDoesNotKnow(arguments: [String]) throws {
            let result = try Command(Installation.binary, arguments: arguments).run()
            #expect(result.status == 64, "\(result)")
            #expect(result.output.isEmpty)
            #expect(result.errors.contains(arguments.last ?? ""), "\(result)")
        }

        @Test func printsItsVersionAndHelp() throws {
            let version = try Command(Installation.binary, "--version").run()
            #expect(version.status == 0, "\(version)")
            #expect(version.output.contains("."))
            let help = try Command(Installation.binary, "--help").run()
            #expect(help.status == 0, "\(help)")
            for command in ["check", "plan", "apply", "policy", "audit", "exec"] {
                #expect(help.output.contains(command))
            }
        }

        @Test(arguments: ["check", "plan", "apply"])
        func reportsEveryMistakeInAPolicyAtOnce(command: String) throws {
            let directory = try TemporaryDirectory()
            let policy = try directory.write(
                "bad.yaml",
                """
                version: 1
                policy: bad
                caches:
                  - name: go-build
                    path: relative/path
                    mode: 775
                    retention: {max-size: 10}
                    grup: builders

                """)
            let result = try Command(Installation.binary, command, "--policy", policy.string).run()
            #expect(result.status == 65, "\(result)")
            for mark in ["bad.yaml:5:", "bad.yaml:6:", "bad.yaml:7:", "bad.yaml:8:", "'grup'", "group"] {
                #expect(result.errors.contains(mark), "\(mark): \(result)")
            }
            #expect(result.output.isEmpty, "\(result)")
        }

        @Test func hasNothingToSayAboutAGoodPolicy() throws {
            let directory = try TemporaryDirectory()
            let policy = try directory.write("good.yaml", Self.policy)
            let result = try Command(Installation.binary, "policy", "lint", policy.string).run()
            #expect(result.status == 0, "\(result)")
            #expect(result.errors.isEmpty, "\(result)")
        }

        private static let policy = """
            version: 1
            policy: good
            hosts:
              - name: "build-*"
              - labels: {role: builder}
            caches:
              - name: go-build
                path: /var/cache/cachewarden-no-such-cache

            """

        @Test(arguments: [
            (["--host-name", "build-7"], true), (["--host-name", "build-7.example.com"], true),
            (["--label", "role=builder"], true), (["--host-name", "web-1"], false), (["--label", "role=web"], false),
        ])
        func selectsPoliciesByHostNameAndLabels(options: [String], isSelected: Bool) throws {
            let directory = try TemporaryDirectory()
            let policy = try directory.write("good.yaml", Self.policy)
            let named = options.contains("--host-name") ? options : options + ["--host-name", "other"]
            let result = try Command(
                Installation.binary, arguments: ["policy", "show", "--policy", policy.string] + named
            ).run()
            #expect(result.status == 0, "\(result)")
            #expect(result.output.contains("cachewarden-no-such-cache") == isSelected, "\(result)")
        }

        @Test(arguments: ["check", "plan"])
        func writesJSONWithItsSchema(command: String) throws {
            let directory = try TemporaryDirectory()
            try directory.makeDirectory("cache")
            _ = try GoCacheTree(in: directory, at: "cache", pairs: 5)
            var run = Command(Installation.binary, command, "--format", "json")
            run.environment["GOCACHE"] = directory.path("cache").string
            let result = try run.run()
            #expect(result.status == 0, "\(result)")
            let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            #expect(report?["schema"] as? String == "cachewarden.report/1", "\(result)")
            #expect(report?["command"] as? String == command, "\(result)")
        }

        @Test func writesSeveralReportsInOneRun() throws {
            let directory = try TemporaryDirectory()
            try directory.makeDirectory("cache")
            _ = try GoCacheTree(in: directory, at: "cache", pairs: 5)
            let (text, json) = (directory.path("report.txt").string, directory.path("report.json").string)
            var run = Command(
                Installation.binary, "check", "--format", "text", "--output", text, "--format", "json", "--output",
                json)
            run.environment["GOCACHE"] = directory.path("cache").string
            let result = try run.run()
            #expect(result.status == 0, "\(result)")
            #expect(try !directory.read("report.txt").isEmpty)
            let report =
                try JSONSerialization.jsonObject(with: Data(try directory.read("report.json"))) as? [String: Any]
            #expect(report?["schema"] as? String == "cachewarden.report/1")
        }
    }
}
