import Foundation
import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd {
    /// What other programs make of that which the binary prints for them.
    @Suite("Exports", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct ExportTests {
        private static let validate = """
            import sys, json, jsonschema
            schema, *reports = json.load(sys.stdin)
            jsonschema.Draft202012Validator.check_schema(schema)
            for report in reports: jsonschema.Draft202012Validator(schema).validate(report)
            """

        @Test(.enabled(if: TestPython.has("jsonschema"), "needs Python's jsonschema"))
        func theSchemaIsThatOfTheReports() throws {
            let host = try TestHost.make()
            _ = try host.makeUsedCache(by: host.first)
            let schema = try Command(Installation.binary, "export", "schema").runSuccessfully().output
            let check = try host.cachewarden("check", "--format", "json").run()
            let apply = try host.cachewarden("apply", "--format", "json").run()
            #expect(check.status == 2 && apply.status == 0, "\(check) \(apply)")
            let documents = [schema, check.output, apply.output].joined(separator: ",")
            try TestPython.run(Self.validate, input: Data("[\(documents)]".utf8))
        }

        @Test(.enabled(if: Installation.hasPrometheus, "needs promtool"))
        func promtoolTakesTheRecordingRules() throws {
            let rules = try Command(Installation.binary, "export", "recording-rules").runSuccessfully().output
            let folder = try TemporaryDirectory()
            let check = try Command(
                "/usr/bin/promtool", "check", "rules", "--lint=all", "--lint-fatal",
                folder.write("rules.yml", rules).string
            ).run()
            #expect(check.status == 0 && check.output.contains(/SUCCESS: [1-9]\d* rules found/), "\(check)")
        }
    }
}
