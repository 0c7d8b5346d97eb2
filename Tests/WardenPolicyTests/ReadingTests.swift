import SystemPackage
import Testing
import WardenModel
import WardenPolicy

struct ReadingTests {
    @Test func readsTheWholeLanguage() throws {
        let (read, diagnostics) = read(wholeLanguage)
        #expect(diagnostics.map(\.description) == [])
        let policy = try #require(read)
        #expect(policy.name == "shared-builders")
        #expect(policy.mode == .enforce)
        #expect(policy.file == "p.yaml")
        #expect(policy.hosts == [HostSelector(name: "build-*"), HostSelector(labels: ["role": "builder"])])
        let cache = try #require(policy.caches.first)
        #expect(cache.name == "go-build")
        #expect(cache.path == "/var/cache/go-build")
        #expect(cache.create)
        #expect(cache.trust == .mutual)
        #expect(cache.owner == "root")
        #expect(cache.group == "builders")
        #expect(cache.mode == ModeBits(0o2770))
        #expect(cache.entries == EntryPolicy(directories: ModeBits(0o2770), files: ModeBits(0o660)))
        #expect(cache.acl?.entries.map(\.description) == ["group:builders:rwX", "other::---"])
        #expect(cache.acl?.match == .exact)
        #expect(cache.acl?.defaultList == .same)
        #expect(policy.environment.first?.variables == ["GOCACHE": "/var/cache/go-build"])
        #expect(policy.environment.first?.deliver == [.loginShells, .userServices, .systemServices, .goEnv])
        #expect(policy.environment.first?.usersGroup == "builders")
        #expect(policy.toolchains.first?.pathEntry == true)
        #expect(policy.waivers.first?.rule == .entryACL)
        #expect(policy.waivers.first?.until.description == "2027-01-31T23:59:59.999Z")
        expectRetention(cache.retention)
    }

    private func expectRetention(_ found: RetentionPolicy?) {
        var wanted = RetentionPolicy()
        wanted.maxSize = ByteCount(10 << 30)
        wanted.maxEntries = 2_000_000
        wanted.minFree = .amount(20 << 30)
        wanted.minFreeInodes = .percent(10)
        wanted.lowWater = 80
        wanted.maxAge = .seconds(30 * 86_400)
        wanted.keepRecent = .seconds(25 * 3600)
        wanted.dropToolchains = .versions(["go1.20", "go1.21.4"])
        wanted.fuzzMaxSize = ByteCount(2 << 30)
        wanted.budget = RetentionPolicy.Budget(time: .seconds(300), entries: 500_000)
        wanted.ownTrim = true
        #expect(found == wanted)
    }

    @Test func defaultsAreTheSafeValues() throws {
        let text = """
            version: 1
            policy: p
            caches:
              - path: /var/cache/go-build-ci/
                acl: {entries: ["other::---"]}
                retention: {max-size: 10GiB}
            """
        let (read, diagnostics) = read(text)
        #expect(diagnostics.map(\.description) == [])
        let policy = try #require(read)
        #expect(policy.mode == .audit)
        #expect(policy.hosts.isEmpty && policy.environment.isEmpty && policy.toolchains.isEmpty)
        #expect(policy.waivers.isEmpty)
        let cache = try #require(policy.caches.first)
        #expect(cache.name == "go-build-ci")
        #expect(cache.path == "/var/cache/go-build-ci")
        #expect(cache.layout == .goBuild)
        #expect(!cache.create)
        #expect(cache.trust == nil && cache.owner == nil && cache.group == nil && cache.mode == nil)
        #expect(cache.entries == EntryPolicy())
        #expect(cache.acl?.match == .exact && cache.acl?.defaultList == .same)
        let retention = try #require(cache.retention)
        #expect(retention.order == .lru && retention.lowWater == 80 && retention.whenExceeded == .evict)
        #expect(retention.keepRecent == .seconds(90_000) && !retention.ownTrim)
        #expect(retention.maxEntries == nil && retention.minFree == nil && retention.minFreeInodes == nil)
        #expect(retention.maxAge == nil && retention.fuzzMaxSize == nil)
        #expect(retention.budget == RetentionPolicy.Budget())
    }

    @Test func shippedPoliciesHaveNoDiagnosticsButTheWarningThatReadMostlyExplains() throws {
        let shipped = try shippedPolicies()
        #expect(
            shipped.map(\.name)
                == ["ci-runner.yaml", "developer-laptop.yaml", "read-mostly.yaml", "shared-builders.yaml"])
        for (name, bytes) in shipped {
            let (policy, diagnostics) = PolicyReader.read(bytes, file: FilePath(name))
            #expect(diagnostics.map(\.id) == (name == "read-mostly.yaml" ? ["readers-without-write"] : []))
            #expect(policy?.name == String(name.dropLast(5)))
        }
    }

    @Test func allErrorsComeAtOnceInTheFilesOrder() {
        let text = """
            version: 2
            policy: ""
            mode: enforced
            caches:
              - path: cache
                mode: 0775
                create: yes
                retention: {max-size: 10}
            cache: []
            """
        let diagnostics = read(text).diagnostics
        #expect(
            diagnostics.map(\.id) == [
                "unknown-version", "not-text", "unknown-value", "bad-path", "mode-not-octal", "not-a-boolean",
                "bad-size",
                "unknown-key",
            ])
        let lines = diagnostics.compactMap(\.mark?.line)
        #expect(lines == lines.sorted())
    }

    @Test func readsDefaultListsOfTheirOwn() throws {
        let own = policyText(
            cache: "trust: mutual\nacl:\n  entries: [\"g:b:rwX\"]\n  default: [\"group:b:rwx\", \"other::-\"]")
        let policy = try #require(read(own).policy)
        guard case .list(let rules)? = policy.caches.first?.acl?.defaultList else {
            Issue.record("no list")
            return
        }
        #expect(rules.map(\.description) == ["group:b:rwx", "other::---"])
    }
}
