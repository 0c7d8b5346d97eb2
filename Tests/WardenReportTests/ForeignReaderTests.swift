import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenPolicy
import WardenReport
import WardenTestSupport

/// What somebody else's programs make of our formats.
@Suite("Reports that others read") struct ForeignReaderTests {
    private static let schemas = (TestProcess.environment("CACHEWARDEN_TEST_TOOLCHAINS") ?? "/nowhere") + "/schemas"
    private static let hasSchemas =
        TestPython.has("lxml", "junitparser", "jsonschema", "sarif")
        && ["junit-10.xsd", "sarif-schema-2.1.0.json"].allSatisfy {
            FileManager.default.fileExists(atPath: "\(schemas)/\($0)")
        }
    static let reason: Comment = "needs Python's lxml, junitparser, jsonschema and sarif-tools, and the schemas"

    static let reports: [String: RunReport] = [
        "drift": ReportFixtures.drift, "waived": ReportFixtures.waived, "hostile": TextReportTests.hostile,
        "missing": TextReportTests.missing, "blocked": TextReportTests.blocked,
        "retained": ReportFixtures.retained(.apply, .partlyRepaired, outcome: ReportFixtures.outcome),
        "partly-repaired": ReportFixtures.partlyRepaired, "no-caches": ReportFixtures.report(.check, .compliant, []),
    ]
    private static let names = reports.keys.sorted() + ["delivery"]

    private func report(_ name: String) throws -> RunReport {
        name == "delivery" ? try DeliveryReportTests.planned() : try #require(Self.reports[name])
    }

    // MARK: - JUnit

    private static let readJUnit = """
        import sys, json, lxml.etree, junitparser
        data = sys.stdin.buffer.read()
        schema = lxml.etree.XMLSchema(lxml.etree.parse(sys.argv[1]))
        schema.assertValid(lxml.etree.fromstring(data))
        found = {}
        suites = junitparser.JUnitXml.fromstring(data)
        for suite in suites:
            assert suite.tests == len(list(suite)), (suite.tests, len(list(suite)))
            for case in suite:
                key = case.classname + "/" + case.name
                assert key not in found, key
                kinds = [type(result).__name__.lower() for result in case.result] or ["passed"]
                found[key] = kinds[0] + ": " + (case.result[0].message if case.result else case.system_out or "")
            assert suite.failures == sum(1 for case in suite for r in case.result if type(r).__name__ == "Failure")
            assert suite.errors == sum(1 for case in suite for r in case.result if type(r).__name__ == "Error")
            assert suite.skipped == sum(1 for case in suite for r in case.result if type(r).__name__ == "Skipped")
        assert suites.tests == len(found)
        print(json.dumps(found))
        """

    private func junit(_ name: String) throws -> [String: String] {
        let bytes = JUnitReport(try report(name)).render()
        let output = try TestPython.run(Self.readJUnit, ["\(Self.schemas)/junit-10.xsd"], input: Data(bytes))
        return try JSONDecoder().decode([String: String].self, from: Data(output.utf8))
    }

    @Test(.enabled(if: hasSchemas, reason), arguments: names)
    func isJUnit(_ name: String) throws {
        let cases = try junit(name)
        #expect(cases.isEmpty == (name == "no-caches"))
        let drift = try report(name).standing.filter { $0.isDrift && !$0.rule.rawValue.hasPrefix("waiver-") }
        let failed = cases.filter { $0.value.hasPrefix("failure") || $0.value.hasPrefix("error") }
        let rules = Set(failed.keys.map { $0.split(separator: "/")[1].split(separator: " ")[0] })
        #expect(rules.isSuperset(of: drift.map { Substring($0.rule.rawValue) }), "\(rules)")
    }

    @Test(.enabled(if: hasSchemas, reason)) func junitTellsPassedFailedSkippedAndBlocked() throws {
        let waived = try junit("waived")
        #expect(waived["cachewarden.go-build/root-group"]?.hasPrefix("failure: ") == true)
        let accepted = "skipped: accepted until 2026-12-02T12:00:00.000Z: corpora are moved"
        #expect(waived["cachewarden.go-build/entry-acl"] == accepted)
        #expect(waived["cachewarden.go-build/root-mode"] == "passed: ")
        let waivers = "cachewarden.waivers"
        #expect(waived["\(waivers)/root-group at /var/cache/go-build"]?.hasPrefix("failure: ended") == true)
        let ending = "passed: ends in 9 days: corpora are moved, until 2026-12-02T12:00:00.000Z"
        #expect(waived["\(waivers)/entry-mode at /var/cache/go-build/fuzz"] == ending, "\(waived)")
        let inForce = waived["\(waivers)/environment-conflict at /etc/profile.d/go.sh"]
        #expect(inForce?.hasPrefix("passed: in force: ") == true, "\(waived)")
        let unused = waived["\(waivers)/size-exceeded at /var/cache/go-build"]
        #expect(unused?.hasPrefix("passed: accepts nothing: the disk is new, until ") == true, "\(waived)")
        let blocked = try junit("blocked")
        #expect(blocked.values.count { $0.hasPrefix("error: ") } == 1)
        #expect(blocked.values.contains { $0.hasPrefix("skipped: not looked at: blocked by ") })
        #expect(!blocked.values.contains { $0.hasPrefix("passed") }, "nothing was looked at")
    }

    // MARK: - JSON

    private static let readJSON = """
        import sys, json, jsonschema
        schema, document = json.load(sys.stdin)
        jsonschema.Draft202012Validator.check_schema(schema)
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(document))
        assert not errors, errors[0]
        """

    private func validate(_ document: Data) throws {
        let schema = Data(try ReportSchema.render())
        try TestPython.run(Self.readJSON, input: Data("[".utf8) + schema + Data(",".utf8) + document + Data("]".utf8))
    }

    @Test(.enabled(if: TestPython.has("jsonschema"), "needs Python's jsonschema"), arguments: names)
    func isAsTheSchemaSays(_ name: String) throws {
        try validate(Data(try JSONReport(try report(name)).render()))
    }

    @Test(.enabled(if: TestPython.has("jsonschema"), "needs Python's jsonschema"))
    func theSchemaRefusesOtherDocuments() throws {
        let text = String(decoding: try JSONReport(ReportFixtures.waived, layout: .compact).render(), as: UTF8.self)
        let damages = [
            ("cachewarden.report/1", "cachewarden.report/2"), ("\"state\":\"ended\"", "\"state\":\"over\""),
            ("\"disposition\":\"waived\"", "\"disposition\":\"fine\""), ("\"verdict\":", "\"verdikt\":"),
            ("\"mode\":\"0755\"", "\"mode\":493"), ("\"days-left\":-3", "\"days-left\":\"soon\""),
        ]
        for (old, new) in damages {
            #expect(text.contains(old))
            #expect(throws: TestPython.Failure.self) { try validate(Data(text.replacing(old, with: new).utf8)) }
        }
    }

    // MARK: - SARIF

    private static let readSARIF = """
        import sys, json, io, jsonschema
        from sarif import loader
        document = json.load(sys.stdin)
        with open(sys.argv[1]) as file: schema = json.load(file)
        jsonschema.Draft7Validator.check_schema(schema)
        jsonschema.Draft7Validator(schema).validate(document)
        path = sys.argv[2]
        with open(path, "w") as file: json.dump(document, file)
        records = loader.load_sarif_file(path).get_records()
        print(json.dumps([[r["Code"], r["Severity"], r["Location"], str(r["Line"])] for r in records]))
        """

    private func sarif(_ name: String) throws -> (document: [String: Any], records: [[String]]) {
        let bytes = try SARIFReport(try report(name), references: RuleID.allCases.map(RuleReference.of)).render()
        let folder = try TemporaryDirectory()
        let output = try TestPython.run(
            Self.readSARIF, ["\(Self.schemas)/sarif-schema-2.1.0.json", folder.path("report.sarif").string],
            input: Data(bytes))
        let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        return (
            try #require(document), try JSONDecoder().decode([[String]].self, from: Data(output.utf8))
        )
    }

    @Test(.enabled(if: hasSchemas, reason), arguments: names)
    func isSARIF(_ name: String) throws {
        let (_, records) = try sarif(name)
        #expect(records.count == (try report(name)).standing.count)
    }

    @Test(.enabled(if: hasSchemas, reason)) func sarifPointsAtThePolicy() throws {
        let (document, records) = try sarif("waived")
        let place = ["file:///etc/cachewarden/policy.d/shared-builders.yaml", "12"]
        #expect(records.contains(["root-group", "error"] + place), "\(records)")
        let runs = try #require(document["runs"] as? [[String: Any]])
        let results = try #require(runs.first?["results"] as? [[String: Any]])
        let suppressed = results.filter { $0["suppressions"] != nil }
        #expect(suppressed.map { $0["ruleId"] as? String } == ["entry-acl"])
        let suppression = try #require((suppressed.first?["suppressions"] as? [[String: Any]])?.first)
        let words = "corpora are moved (ends soon, until 2026-12-02T12:00:00.000Z)"
        #expect(suppression["justification"] as? String == words)
        #expect((suppression["properties"] as? [String: Any])?["state"] as? String == "ends-soon")
        #expect(
            results.filter { $0["level"] as? String == "none" }.map { $0["ruleId"] as? String } == ["waiver-unused"])
    }

    @Test func sarifEncodesPaths() throws {
        let report = ReportFixtures.report(
            .check, .drift, [.init(plan: ReportFixtures.plan(), before: ReportFixtures.observation())],
            policy: "/etc/a b/ü%?#.yaml")
        let bytes = try SARIFReport(report, references: RuleID.allCases.map(RuleReference.of)).render()
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""file:///etc/a%20b/%C3%BC%25%3F%23.yaml""#))
    }
}
