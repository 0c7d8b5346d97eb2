import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenPolicy
import WardenTestSupport

@Suite("Without a policy") struct OwnCacheTests {
    /// Where GOCACHE comes from.
    enum Source: CaseIterable { case environment, file, cacheHome, home }

    @Test(arguments: Source.allCases) func findsTheCallersOwnCache(source: Source) throws {
        var host = try TestHost()
        let cache = TestHost.cachePath.string
        let words: String
        switch source {
        case .environment:
            host.environment["GOCACHE"] = cache
            words = "set in the environment"
        case .file:
            let file = try host.directory.write("goenv", "GOCACHE=\(cache)\n")
            host.environment["GOENV"] = file.string
            words = "goenv', line 1"
        case .cacheHome:
            host.environment["XDG_CACHE_HOME"] = "/srv"
            try host.directory.rename("root/srv/cache", to: "root/srv/go-build")
            words = "the default below XDG_CACHE_HOME"
        case .home:
            host.environment["HOME"] = "/srv"
            try host.directory.makeDirectory("root/srv/.cache")
            try host.directory.rename("root/srv/cache", to: "root/srv/.cache/go-build")
            words = "the default below HOME"
        }
        let before = try TreeSnapshot(of: host.top)
        let report = try host.run(.check).report
        #expect(report.notes.first?.contains(words) == true, "\(report.notes)")
        #expect(report.policies.map(\.name) == ["built-in"])
        #expect(report.policies.first?.path == nil)
        #expect(report.caches.first?.plan.mode == .audit)
        #expect((report.caches.first?.before.census?.count ?? 0) >= 10)
        #expect(report.nextSteps.contains("cachewarden check --policy FILE"))
        #expect(try TreeSnapshot(of: host.top).differences(from: before) == [])
    }

    @Test func saysThatTheFirstBuildMakesTheCache() throws {
        var host = try TestHost(pairs: 0)
        host.environment["GOCACHE"] = "/srv/cache"
        let report = try host.run(.check).report
        // A cache that no build needed yet is nothing to repair.
        #expect(report.verdict == .compliant)
        #expect(report.notes.first?.contains("'/srv/cache'") == true, "\(report.notes)")
        #expect(report.nextSteps.first?.hasPrefix("go build") == true)
    }

    @Test(arguments: [
        (["GOCACHE": "off"], "GOCACHE is 'off'"), (["GOCACHE": "some/where"], "not an absolute path"),
        (["XDG_CACHE_HOME": "rel"], "XDG_CACHE_HOME is 'rel'"), (["HOME": "rel"], "HOME is 'rel'"),
        ([:], "neither is XDG_CACHE_HOME nor HOME"),
    ])
    func explainsWhyThereIsNone(variables: [String: String], words: String) throws {
        var host = try TestHost()
        host.environment.merge(variables) { $1 }
        var text = ""
        do { _ = try host.run(.check) } catch let error as AgentError { text = "\(error)" }
        #expect(text.contains(words), "\(text)")
        #expect(text.contains("help: set GOCACHE to an absolute path, or name a policy with --policy"), "\(text)")
    }

    @Test func looksAtPoliciesInsteadWhereThereAreAny() throws {
        var host = try TestHost()
        host.environment["GOCACHE"] = "/nowhere"
        try host.writePolicy(at: "root/etc/cachewarden/policy.d/p.yaml")
        #expect(try host.run(.check).report.policies.map(\.name) == ["mine"])
    }

    @Test func anEmptyFolderThatIsNamedIsNoInvitation() throws {
        var host = try TestHost()
        host.environment["GOCACHE"] = "/srv/cache"
        try host.directory.makeDirectory("empty")
        let folder = host.directory.path("empty")
        let report = try host.run(.check) { $0.policies = [folder] }.report
        #expect(report.caches.isEmpty)
        #expect(report.notes.contains { $0.contains("no policy selects") }, "\(report.notes)")
    }
}

@Suite("Where a run keeps its files") struct SurroundingsTests {
    @Test func systemWideForRoot() throws {
        let host = try TestHost(pairs: 0)
        let root = try host.surroundings(caller: .root)
        #expect(root.auditLog == host.top.appending("var/log/cachewarden/audit.jsonl"))
        #expect(root.lock == host.top.appending("run/cachewarden/run.lock"))
    }

    @Test(
        arguments: [
            (
                ["XDG_STATE_HOME": "/s", "XDG_RUNTIME_DIR": "/r", "HOME": "/h"], "/s/cachewarden/audit.jsonl",
                "/r/cachewarden/run.lock"
            ),
            (["HOME": "/h"], "/h/.local/state/cachewarden/audit.jsonl", "/h/.local/state/cachewarden/run.lock"),
            (
                ["XDG_STATE_HOME": "relative", "XDG_RUNTIME_DIR": "", "HOME": "/h"],
                "/h/.local/state/cachewarden/audit.jsonl", "/h/.local/state/cachewarden/run.lock"
            ),
            ([:], nil, nil),
        ] as [([String: String], FilePath?, FilePath?)])
    func inTheCallersOwnPlacesForOthers(environment: [String: String], log: FilePath?, lock: FilePath?) throws {
        var host = try TestHost(pairs: 0)
        host.environment = environment
        let user = try host.surroundings(caller: UserID(1234))
        #expect(user.auditLog == log)
        #expect(user.lock == lock)
    }
}
