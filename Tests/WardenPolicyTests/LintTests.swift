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
        let (read, found) = SettingsReader.read(Array("version: 1\n\(settings)\n".utf8), file: "agent.yaml")
        let policies = policies.enumerated().map { index, text in
            PolicyReader.read(Array(text.utf8), file: FilePath("\(index).yaml"))
        }
        return found + policies.flatMap(\.diagnostics)
            + conflicts(among: policies.compactMap(\.policy), settings: read ?? Settings())
    }
}

struct LintTests {
    private static let shared = "trust: mutual\ngroup: b\nmode: \"2770\"\n"
    private static let other = "version: 1\npolicy: other\n"
    private static let variables = "environment: [{variables: {GOCACHE: /c}, deliver: "
    private static let digest = String(repeating: "0", count: 64)

    private static func toolchain(_ path: String, archive: String = "/srv/go.tar.gz") -> String {
        "toolchains: [{path: \(path), archive: \(archive), sha256: \"\(digest)\"}]"
    }

    static let examples: [LintCase] = [
        LintCase(.reservedPath, other + "caches: [{path: /var}]\n"),
        LintCase(.reservedPath, other + "caches: [{path: /usr/lib/go}]\n"),
        LintCase(.cacheInHome, enforce: "caches: [{path: /home/x/.cache/go-build}]"),
        LintCase(.otherWritable, cache: "mode: \"0777\""),
        LintCase(.otherWritable, cache: "trust: mutual\nacl: {entries: [\"other::rwX\"]}"),
        LintCase(.untrustedSharing, cache: "acl: {entries: [\"group:b:rwX\"]}"),
        LintCase(.privilegedUser, cache: "\(shared)acl: {entries: [\"group:b:rwX\", \"user:signer:r-X\"]}"),
        LintCase(.readersWithoutWrite, cache: "acl: {entries: [\"user:dev:r-X\"]}"),
        LintCase(.noSetgid, cache: "trust: mutual\ngroup: b\nmode: \"0770\"\nacl: {entries: [\"group:b:rwX\"]}"),
        LintCase(.noDefaultACL, cache: shared),
        LintCase(.stickyDirectories, cache: "entries: {directories: \"1755\"}"),
        LintCase(.setUserID, cache: "mode: \"4755\""), LintCase(.badFileMode, cache: "entries: {files: \"2640\"}"),
        LintCase(.entryOwnerSet, cache: "entries: {owner: ci}"),
        LintCase(.repeatedACLEntry, cache: "\(shared)acl: {entries: [\"group:b:rwX\", \"g:b:r\"]}"),
        LintCase(.aclContradictsMode, cache: "mode: \"0700\"\nacl: {entries: [\"other::r-x\"]}"),
        LintCase(.maskCutsEntry, cache: "trust: mutual\nacl: {entries: [\"user:ci:rwX\", \"mask::r-x\"]}"),
        LintCase(.keepRecentShort, cache: "retention: {keep-recent: 24h}"),
        LintCase(.ageBelowKeepRecent, cache: "retention: {max-age: 1h}"),
        LintCase(.cleanNeedsGoBuild, cache: "layout: go-mod\nretention: {max-size: 1GiB, when-exceeded: clean}"),
        LintCase(.dropNeedsGoBuild, cache: "layout: go-mod\nretention: {drop-toolchains: uninstalled}"),
        LintCase(.cleanNeedsOwner, cache: "owner: root\nretention: {max-size: 1GiB, when-exceeded: clean}"),
        LintCase(.patternsNeedDirectory, cache: "retention: {include: [x]}"),
        LintCase(.policyNameTwice, other, other),
        LintCase(.cacheNameTwice, other + "caches: [{path: /var/cache/a/go}, {path: /var/cache/b/go}]\n"),
        LintCase(.cacheRootsOverlap, other + "caches: [{path: /var/cache/a}, {path: /var/cache/a/b}]\n"),
        LintCase(
            .variableTwice, other + "\(variables)[go-env]}]\n",
            "version: 1\npolicy: p\nenvironment: [{variables: {GOCACHE: /d}, deliver: [go-env]}]\n"),
        LintCase(.deliveryPartial, other + "\(variables)[login-shells]}]\n"),
        LintCase(.deliveryPartial, other + "\(variables)[login-shells, user-services]}]\n"),
        LintCase(.secretInVariable, other + variable("GOPROXY", "https://me:CANARY@proxy.example.com")),
        LintCase(.secretInVariable, other + variable("GOPROXY", "direct,HTTP://CANARY@proxy.example.com/x|off")),
        LintCase(.secretInVariable, other + variable("NPM_TOKEN", "CANARY")),
        LintCase(.toolchainReplaceable, enforce: toolchain("/home/x/sdk/go")),
        LintCase(.toolchainReplaceable, enforce: toolchain("/tmp/go")),
        LintCase(.toolchainReplaceable, enforce: "caches: [{path: /var/cache/c}]\n" + toolchain("/var/cache/c/go")),
        LintCase(.archiveHidden, enforce: toolchain("/usr/local/go", archive: "/tmp/go.tar.gz")),
        LintCase(.archiveHidden, enforce: toolchain("/usr/local/go", archive: "/root/go.tar.gz")),
        LintCase(.waiverCannotHold, other + "waivers: [\(waiver("cache-unsafe-path"))]\n"),
        LintCase(
            .waiversTooMany, other + "waivers:\n" + String(repeating: "- \(waiver("entry-acl"))\n", count: 256)),
        LintCase(.secretInSettings, settings: "notify: [{slack: {credential: https://hooks.slack.com/CANARY}}]"),
        LintCase(.secretInSettings, settings: "notify: [https://hooks.slack.com/CANARY]"),
        LintCase(
            .auditInCache, other + "caches: [{path: /var/cache/c}]\n",
            settings: "audit: {path: /var/cache/c/log/audit.jsonl}"),
    ]

    private static func waiver(_ rule: String) -> String {
        "{rule: \(rule), path: /var/cache/c, until: \"2027-01-31\", reason: r}"
    }

    private static func variable(_ name: String, _ value: String) -> String {
        "environment: [{variables: {\(name): \"\(value)\"}, deliver: [go-env]}]\n"
    }

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

    @Test(arguments: [
        policyText(cache: "retention: {max-size: 1GiB, when-exceeded: clean}"),
        policyText(cache: "owner: ci\nretention: {max-size: 1GiB, when-exceeded: clean}"),
        policyText(cache: "\(shared)acl: {entries: [\"group:b:rwX\", \"mask::rwX\"]}"),
        policyText(cache: "\(shared)acl: {entries: [\"group:b:rwX\", \"mask::7\"], default: [\"g:b:rwX\"]}"),
        policyText(cache: "owner: root\n\(shared)acl: {entries: [\"group:b:rwX\", \"user:ci:rwX\"]}"),
        policyText(cache: "owner: release\nmode: \"0700\""),
        other + "\(variables)[go-env]}]\n", other + "\(variables)[login-shells, system-services]}]\n",
        other + variable("GOPROXY", "https://proxy.example.com/a@b,direct"),
        other + variable("GIT_SSH_HOST", "ssh://git@example.com"), other + variable("TOKEN_FILE", "/run/token"),
        other + toolchain("/home/x/sdk/go") + "\n", other + "mode: enforce\n" + toolchain("/usr/local/go") + "\n",
        other + "mode: enforce\ncaches: [{path: /var/cache/c}]\n" + toolchain("/var/cache/cgo") + "\n",
    ])
    func hasNothingToSayOf(_ policy: String) {
        #expect(read(policy).diagnostics.map(\.description) == [])
    }

    @Test(arguments: ["", "audit: {path: /var/cache/cold/audit.jsonl}", "audit: {path: /var/cache/audit.jsonl}"])
    func logsBesideTheCacheAreFine(_ settings: String) {
        let policy = Self.other + "caches: [{path: /var/cache/c}]\n"
        #expect(LintCase(.auditInCache, policy, settings: settings).diagnostics.map(\.description) == [])
    }
}
