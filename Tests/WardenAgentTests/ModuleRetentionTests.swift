import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenTestSupport

/// Retention in a module cache: whole versions, and what happens while their doors are closed.
@Suite("Retention of module versions") struct ModuleRetentionTests {
    private static let library = "example.com/!a/lib"

    private func policy(_ retention: String) -> String {
        """
        version: 1
        policy: mine
        mode: enforce
        caches: [{name: modules, path: /srv/cache, layout: go-mod, retention: {\(retention)}}]
        """
    }

    /// Runs with these builds on the cache; the second answer is asked for while doors are closed.
    private func run(
        _ host: borrowing TestHost, _ command: RunReport.Command = .apply,
        builds: @escaping @Sendable (Int) -> [RunningBuild] = { _ in [] }
    ) throws -> RunReport {
        let plain = try host.surroundings()
        let calls = Counter()
        let surroundings = Surroundings(
            now: plain.now, makeRunID: plain.makeRunID, environment: plain.environment, caller: plain.caller,
            hostName: plain.hostName, top: plain.top, observeBuilds: { _, _, _ in .known(builds(calls.next())) },
            logger: plain.logger)
        var request = RunRequest(command: command, threads: 2)
        request.policies = [host.directory.path(TestHost.policyPath)]
        return try AgentRun(request, in: surroundings).run().report
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)

        func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    private func build(_ host: borrowing TestHost, process: Int32 = 1, hours: Int = 0) -> RunningBuild {
        RunningBuild(
            process: process, user: .root,
            startedAt: Timestamp(seconds: host.clock.now().seconds - Int64(hours) * 3_600),
            command: "go build", evidence: .usesCache)
    }

    /// Three versions, two, three and four days old, and what belongs to none.
    private func host() throws -> TestHost {
        let host = try TestHost(pairs: 0)
        let tree = try ModuleCacheTree(in: host)
        try tree.add(Self.library, "v1.0.0", days: 4, in: host)
        try tree.add(Self.library, "v1.1.0", days: 2, in: host)
        try tree.add("\(Self.library)/nested", "v0.1.0-!r!c.1", days: 3, in: host)
        return host
    }

    private func parts(_ host: borrowing TestHost, _ version: String) throws -> Int {
        try ModuleCacheTree.parts(host, of: Self.library, version).count
    }

    @Test func evictsWholeVersionsOldestFirst() throws {
        let host = try host()
        let before = try ModuleCacheTree.files(host)
        // 27 files of versions, 6 of none; one version is enough.
        try host.writePolicy(policy("max-entries: 31, low-water: 85%"))
        let plan = try run(host, .plan)
        #expect(plan.verdict == .drift)
        let report = try run(host)
        #expect(report.verdict == .repaired)
        #expect(try ModuleCacheTree.parts(host, of: Self.library, "v1.0.0") == [])
        #expect(try ModuleCacheTree.files(host) == before.filter { !$0.contains("v1.0.0") })
        let retention = try #require(report.caches.first?.retention)
        #expect(retention.removed == 9)
        #expect(retention.failureCount == 0 && retention.kept.isEmpty)
        #expect(retention.freed.rawValue >= 4 * UInt64(ModuleCacheTree.size))
        #expect(try run(host, .check).verdict == .compliant)
    }

    @Test func nestedModulesAndListedVersionsAreVersionsOfTheirOwn() throws {
        let host = try host()
        try ModuleCacheTree(reusing: host).add("example.com/listed", "v1.0.0", days: 5, .listed, in: host)
        try host.writePolicy(policy("max-age: 60h"))
        _ = try run(host)
        let left = try ModuleCacheTree.files(host)
        #expect(left.filter { $0.contains("v1.1.0") }.count == 9)
        #expect(left.filter { !$0.contains("v1.1.0") }.count == 6, "\(left)")
        // The directories that held them stay, with the list of versions.
        #expect(left.contains("cache/download/example.com/listed/@v/list"))
    }

    @Test(arguments: ["cache/download/\(library)/@v/v1.0.0.ziphash", "\(library)@v1.0.0/sub/deep/b.go"])
    func aReadAnywhereIsAUseOfTheWholeVersion(name: String) throws {
        let host = try host()
        let recent = Timestamp(seconds: host.clock.now().seconds - 60)
        try host.directory.setTimes(ModuleCacheTree.path(name), accessed: recent)
        try host.writePolicy(policy("max-age: 60h"))
        _ = try run(host)
        #expect(try parts(host, "v1.0.0") == 12)
    }

    /// Which inode stands at which name, with which rights.
    private func inodes(_ host: borrowing TestHost) throws -> [String: String] {
        let nodes = try TreeSnapshot(of: host.cache).nodes
        return Dictionary(uniqueKeysWithValues: nodes.map { ($0.description, "\($1.identity.inode) \($1.mode)") })
    }

    // MARK: - Doors

    @Test func closesTheDoorsBeforeAnythingGoes() throws {
        let host = try host()
        try host.writePolicy(policy("max-age: 80h"))
        let folder = host.cache.appending(ModuleCacheTree.downloads(Self.library))
        let tree = host.cache.appending("\(Self.library)@v1.0.0/lib.go")
        let seen = Mutex<[Bool]>([])
        _ = try run(host) { call in
            guard call == 2 else { return [] }
            let there = [".partial", ".lock", ".zip", ".ziphash", ".info"].map {
                FileManager.default.fileExists(atPath: folder.appending("v1.0.0\($0)").string)
            }
            seen.withLock { $0 = there + [FileManager.default.fileExists(atPath: tree.string)] }
            return []
        }
        #expect(seen.withLock { $0 } == [true, true, false, true, true, true])
        #expect(try parts(host, "v1.0.0") == 0)
    }

    /// What a build does that came before the doors were closed, or comes while they are.
    enum Visit: CaseIterable {
        case readsTheHash, readsTheTree, waitsForTheLock, startsADownload
    }

    @Test(arguments: Visit.allCases)
    func whoComesInBetweenFindsEverythingAsItWas(visit: Visit) throws {
        let host = try host()
        try host.writePolicy(policy("max-age: 80h"))
        let before = try inodes(host)
        let folder = host.cache.appending(ModuleCacheTree.downloads(Self.library))
        let tree = host.cache.appending("\(Self.library)@v1.0.0")
        let running = build(host)
        let open = Mutex<[FileDescriptor]>([])
        let report = try run(host) { call in
            guard call == 2 else { return [] }
            // A visit that fails leaves the version to be removed, which the test sees.
            switch visit {
            // That it is read matters, not what it says.
            case .readsTheHash: _ = try? Data(contentsOf: URL(filePath: folder.appending("v1.0.0.ziphash").string))
            // As above.
            case .readsTheTree: _ = try? Data(contentsOf: URL(filePath: tree.appending("sub/deep/b.go").string))
            case .waitsForTheLock:
                // As above.
                let lock = try? FileDescriptor.open(folder.appending("v1.0.0.lock"), .readWrite)
                open.withLock { $0 = [lock].compactMap { $0 } }
            // As above.
            case .startsADownload: try? Data("x".utf8).write(to: URL(filePath: folder.appending("v1.0.0.zip").string))
            }
            return [running]
        }
        for lock in open.withLock({ $0 }) { try lock.close() }
        let kept = try #require(report.caches.first?.retention)
        #expect(kept.removed == 0)
        #expect(try parts(host, "v1.0.0") == 12)
        #expect(kept.kept == [visit == .waitsForTheLock ? .open : .used: 6])
        guard visit != .startsADownload else { return }
        #expect(try inodes(host) == before)
    }

    @Test func aVersionThatIsBeingUnpackedStays() throws {
        let host = try host()
        try host.writePolicy(policy("max-age: 80h"))
        let path = ModuleCacheTree.path("\(ModuleCacheTree.downloads(Self.library))/v1.0.0.lock")
        let lock = try FileDescriptor.open(host.directory.path(path), .readWrite)
        #expect(flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0)
        let before = try TreeSnapshot(of: host.cache)
        let report = try run(host)
        #expect(report.caches.first?.retention?.kept == [.open: 6])
        #expect(try TreeSnapshot(of: host.cache).differences(from: before) == [])
        try lock.close()
        #expect(try run(host).caches.first?.retention?.removed == 9)
    }

    // MARK: - Builds

    /// Under relatime the build's own reads may have left no trace for a day after the one before.
    @Test func whatTheOldestBuildMayHaveUsedStays() throws {
        let host = try host()
        try host.writePolicy(policy("max-age: 26h"))
        let running = build(host, hours: 60)
        _ = try run(host) { _ in [running] }
        #expect(try parts(host, "v1.0.0") == 0)
        #expect(try parts(host, "v1.1.0") == 12)
        #expect(try ModuleCacheTree.parts(host, of: "\(Self.library)/nested", "v0.1.0-!r!c.1").count == 12)
    }

    @Test(arguments: ["go.mod", "go.sum", "go.work"])
    func whatABuildsOwnFilesNameStays(file: String) throws {
        let host = try host()
        try host.writePolicy(policy("max-age: 26h"))
        for folder: FilePath in ["app", "app/cmd", "used"] { try host.directory.makeDirectory(folder) }
        switch file {
        case "go.mod":
            try host.directory.write("app/go.mod", "module app\nrequire example.com/A/lib v1.0.0\n")
        case "go.sum": try host.directory.write("app/go.sum", "example.com/A/lib v1.0.0/go.mod h1:x=\n")
        default:
            try host.directory.write("app/go.work", "go 1.21\nuse ../used\n")
            try host.directory.write("used/go.mod", "module used\nrequire (\n\texample.com/A/lib v1.0.0 // x\n)\n")
        }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sleep")
        process.arguments = ["60"]
        process.currentDirectoryURL = URL(filePath: host.directory.path("app/cmd").string)
        try process.run()
        defer { process.terminate() }
        let running = build(host, process: process.processIdentifier)
        _ = try run(host) { _ in [running] }
        #expect(try parts(host, "v1.0.0") == 12)
        #expect(try parts(host, "v1.1.0") == 0)
    }

    @Test func withoutTracesOfReadsNothingGoesWhileABuildRuns() throws {
        // The age of files alone says what is old, see `order: age`; only the mount decides whether that is enough.
        let host = try host()
        try host.writePolicy(policy("max-age: 26h, order: age"))
        guard TestProcess.isRoot else { return }
        try host.directory.withTemporaryMount(at: "root/srv") { path in
            let status = Foundation.Process()
            status.executableURL = URL(filePath: "/bin/mount")
            status.arguments = ["-o", "remount,noatime", path.string]
            try status.run()
            status.waitUntilExit()
            let tree = try ModuleCacheTree(in: host)
            try tree.add(Self.library, "v1.0.0", days: 4, in: host)
            let late = build(host)
            let report = try run(host) { $0 == 2 ? [late] : [] }
            #expect(report.caches.first?.retention?.kept == [.waiting: 6])
            #expect(try parts(host, "v1.0.0") == 12)
            _ = try run(host)
            #expect(try parts(host, "v1.0.0") == 0)
        }
    }
}

extension ModuleCacheTree {
    /// Stands for a tree that is there already.
    init(reusing host: borrowing TestHost) throws {}
}
