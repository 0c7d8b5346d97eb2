import SystemPackage
import Testing
import WardenModel
import WardenPolicy

/// What people write and the one check that it is an example of.
struct LintCase: CustomTestStringConvertible {
    let id: LintID
    let policies: [String]
    let settings: String

    init(_ id: LintID, _ policies: String..., settings: String = "") {
        self.id = id
        self.policies = policies
        self.settings = settings
    }

    /// A policy with one cache that has these further keys.
    init(_ id: LintID, cache lines: String) { self.init(id, policyText(cache: lines)) }

    /// A policy that repairs, with these further keys.
    init(_ id: LintID, enforce lines: String) { self.init(id, "version: 1\npolicy: p\nmode: enforce\n\(lines)\n") }

    var testDescription: String { "\(id.rawValue): \(policies) \(settings)" }

    /// Everything that is said of them, as a run on a host that all are for would say it.
    var diagnostics: [Diagnostic] {
        let (_, found) = SettingsReader.read(Array("version: 1\n\(settings)\n".utf8), file: "agent.yaml")
        let policies = policies.enumerated().map { index, text in
            PolicyReader.read(Array(text.utf8), file: FilePath("\(index).yaml"))
        }
        return found + policies.flatMap(\.diagnostics)
            + conflicts(among: policies.compactMap(\.policy))
    }
}

struct LintTests {
    private static let shared = "trust: mutual\ngroup: b\nmode: \"2770\"\n"
    private static let other = "version: 1\npolicy: other\n"
    private static let variables = "environment: [{variables: {GOCACHE: /c}, deliver: "

    static let examples: [LintCase] = [
        LintCase(.reservedPath, other + "caches: [{path: /var}]\n"),
        LintCase(.reservedPath, other + "caches: [{path: /usr/lib/go}]\n"),
        LintCase(.cacheInHome, enforce: "caches: [{path: /home/x/.cache/go-build}]"),
        LintCase(.otherWritable, cache: "mode: \"0777\""),
        LintCase(.otherWritable, cache: "trust: mutual\nacl: {entries: [\"other::rwX\"]}"),
        LintCase(.untrustedSharing, cache: "acl: {entries: [\"group:b:rwX\"]}"),
        LintCase(.readersWithoutWrite, cache: "acl: {entries: [\"user:dev:r-X\"]}"),
        LintCase(.noSetgid, cache: "trust: mutual\ngroup: b\nmode: \"0770\"\nacl: {entries: [\"group:b:rwX\"]}"),
        LintCase(.noDefaultACL, cache: shared),
        LintCase(.stickyDirectories, cache: "entries: {directories: \"1755\"}"),
        LintCase(.setUserID, cache: "mode: \"4755\""), LintCase(.badFileMode, cache: "entries: {files: \"2640\"}"),
        LintCase(.entryOwnerSet, cache: "entries: {owner: ci}"),
        LintCase(.repeatedACLEntry, cache: "\(shared)acl: {entries: [\"group:b:rwX\", \"g:b:r\"]}"),
        LintCase(.aclContradictsMode, cache: "mode: \"0700\"\nacl: {entries: [\"other::r-x\"]}"),
        LintCase(.keepRecentShort, cache: "retention: {keep-recent: 24h}"),
        LintCase(.ageBelowKeepRecent, cache: "retention: {max-age: 1h}"),
        LintCase(.patternsNeedDirectory, cache: "retention: {include: [x]}"),
        LintCase(.policyNameTwice, other, other),
        LintCase(.cacheNameTwice, other + "caches: [{path: /var/cache/a/go}, {path: /var/cache/b/go}]\n"),
        LintCase(.cacheRootsOverlap, other + "caches: [{path: /var/cache/a}, {path: /var/cache/a/b}]\n"),
        LintCase(
            .variableTwice, other + "\(variables)[go-env]}]\n",
            "version: 1\npolicy: p\nenvironment: [{variables: {GOCACHE: /d}, deliver: [go-env]}]\n"),
        LintCase(.secretInSettings, settings: "notify: [{slack: {credential: https://hooks.slack.com/CANARY}}]"),
        LintCase(.secretInSettings, settings: "notify: [https://hooks.slack.com/CANARY]"),
    ]

    @Test func everyCheckHasAnExample() {
        #expect(Set(Self.examples.map(\.id)) == Set(LintID.allCases))
    }

    @Test(arguments: examples)
    func reports(_ example: LintCase) {
        let diagnostics = example.diagnostics
        let found = diagnostics.filter { $0.id == example.id.rawValue }
        #expect(!found.isEmpty, "\(diagnostics)")
        #expect(found.allSatisfy { $0.level == LintReference.of(example.id).level && $0.mark != nil })
        #expect(diagnostics.allSatisfy { !$0.description.contains("CANARY") }, "\(diagnostics)")
    }
}
