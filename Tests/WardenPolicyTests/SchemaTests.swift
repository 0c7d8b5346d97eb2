import Foundation
import SystemPackage
import Testing
import WardenPolicy
import WardenTestSupport

private let hasValidator = TestPython.has("jsonschema", "yaml")

/// Asks a real validator about many texts at once; `true` where it finds nothing.
private func verdicts(_ texts: [String], schema: String) throws -> [Bool] {
    let script = """
        import sys, json, yaml, jsonschema
        schema, texts = json.load(sys.stdin)
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        print(json.dumps([validator.is_valid(yaml.safe_load(text)) for text in texts]))
        """
    let list = String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
    let output = try TestPython.run(script, input: Data("[\(schema), \(list)]".utf8))
    return try JSONDecoder().decode([Bool].self, from: Data(output.utf8))
}

@Suite(.enabled(if: hasValidator, "needs python3 with jsonschema and PyYAML"))
struct SchemaTests {
    @Test func acceptsWhatTheDecoderAccepts() throws {
        let texts =
            try shippedPolicies().map { String(decoding: $0.bytes, as: UTF8.self) } + [wholeLanguage]
            + [
                policyText(
                    cache: "layout: directory\nretention: {include: [\"**/*.o\", a/.b/..c], exclude: [\"k p/**\"]}")
            ]
            + [render(.builtIn(path: "/home/x/.cache/go-build", owner: nil))]
        #expect(texts.allSatisfy { read($0).policy != nil })
        #expect(try verdicts(texts, schema: jsonSchema()) == Array(repeating: true, count: texts.count))
    }

    @Test func refusesWhatTheDecoderRefuses() throws {
        let texts =
            [
                "mode: 0775", "mode: 775", "mode: \"775\"", "mode: \"2798\"", "create: \"true\"", "cretae: true",
                "layout: gobuild", "path: x", "retention: {max-size: 10}", "retention: {max-size: 0}",
                "retention: {max-size: 18EiB}", "retention: {max-entries: 0}", "retention: {max-entries: \"7\"}",
                "retention: {low-water: 100%}", "retention: {keep-recent: 25}", "retention: {min-free: 10}",
                "acl: {}", "acl: {entries: []}", "acl: {entries: [\"builders:rwX\"]}",
                "acl: {entries: [x], default: x}",
                "group: no", "group: 5", "group: \"a b\"", "trust: none", "entries: {files: \"0888\"}", "name: \"a b\"",
                "owner: \"\"", "mode: \"4755\"",
                "layout: directory\nretention: {include: []}", "layout: directory\nretention: {include: [/a]}",
                "layout: directory\nretention: {include: [\"a/\"]}",
                "layout: directory\nretention: {exclude: [a/../b]}",
                "layout: directory\nretention: {exclude: [\"a**\"]}",
                "layout: directory\nretention: {exclude: [\"a[0-9]\"]}",
            ].map { $0.hasPrefix("path") ? "version: 1\npolicy: p\ncaches: [{\($0)}]\n" : policyText(cache: $0) }
            + [
                "policy: p\n", "version: 2\npolicy: p\n", "version: 1\n", "version: \"1\"\npolicy: p\n", "[]\n", "x\n",
                "version: 1\npolicy: p\nhosts: []\n", "version: 1\npolicy: p\nhosts: [{}]\n",
                "version: 1\npolicy: p\nwaivers: [{rule: x, path: /a, until: \"2027-01-31\", reason: r}]\n",
                "version: 1\npolicy: p\nwaivers: [{rule: entry-acl, path: /a, until: \"31.1.\", reason: r}]\n",
                "version: 1\npolicy: p\nwaivers: [{rule: entry-acl, path: /a, until: \"2027-01-31\"}]\n",
                "version: 1\npolicy: p\nenvironment: [{variables: {GOCACHE: x}, deliver: [go-env]}]\n",
                "version: 1\npolicy: p\nenvironment: [{variables: {GOCACHE: /x}, deliver: []}]\n",
                "version: 1\npolicy: p\ntoolchains: [{path: /a, archive: /b, sha256: abc}]\n",
            ]
        for text in texts { #expect(read(text).policy == nil, "the decoder accepts \(text)") }
        let verdicts = try verdicts(texts, schema: jsonSchema())
        for (text, isValid) in zip(texts, verdicts) { #expect(!isValid, "the schema accepts \(text)") }
    }

    @Test func describesTheSettingsToo() throws {
        let texts = [
            "version: 1\nnotify: [{slack: {credential: a}, at-least: high}]\n",
            "version: 1\nnotify: [{at-least: high}]\n",
            "version: 1\nnotify: [{slack: {credential: \"https://x\"}}]\n", "version: 1\naudit: {keep: 0}\n",
        ]
        #expect(try verdicts(texts, schema: settingsJSONSchema()) == [true, false, false, false])
    }
}
