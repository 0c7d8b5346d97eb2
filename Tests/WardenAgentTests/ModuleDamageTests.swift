import Synchronization
import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenTestSupport

/// Module versions of which a part is missing.
@Suite("Damaged module versions") struct ModuleDamageTests {
    private static let library = "example.com/!a/lib"
    private static let kept = "example.com/kept"

    /// What can become of a version; each is found under a name of its own.
    enum Damage: String, CaseIterable {
        case zipHash = "no .ziphash"
        case info = "no .info"
        case mod = "no .mod"
        case partial = "a .partial marker: unpacking it was interrupted"
        case downloads = "a tree without download files"
    }

    private static func policy(_ retention: String = "") -> String {
        """
        version: 1
        policy: mine
        mode: enforce
        caches: [{name: modules, path: /srv/cache, layout: go-mod\(retention)}]
        """
    }

    private static let retention = ", retention: {max-age: 1000d}"

    private func host(_ policy: String) throws -> TestHost {
        let host = try TestHost(pairs: 0)
        let tree = try ModuleCacheTree(in: host)
        try tree.add(Self.library, "v1.0.0", days: 4, in: host)
        try tree.add(Self.kept, "v1.0.0", days: 4, in: host)
        // Listed alone, without a tree, without a zip: nothing of this is damage.
        try tree.add("example.com/listed", "v1.0.0", days: 4, .listed, in: host)
        try tree.add("example.com/pruned", "v1.0.0", days: 4, in: host)
        try host.directory.remove(ModuleCacheTree.path(ModuleCacheTree.downloads("example.com/pruned") + "/v1.0.0.zip"))
        try host.writePolicy(policy)
        try age(host)
        return host
    }

    /// What is new may be a download. `add` leaves directories and lists young.
    private func age(_ host: borrowing TestHost, hours: Int64 = 96) throws {
        let old = Timestamp(seconds: host.clock.now().seconds - hours * 3_600)
        for module in [Self.library, Self.kept, "example.com/pruned"] {
            let tree = ModuleCacheTree.path("\(module)@v1.0.0")
            if try host.directory.exists(tree) { try host.directory.setTimes(tree, accessed: old, modified: old) }
            for path in try ModuleCacheTree.parts(host, of: module, "v1.0.0") where path.contains("/@v/") {
                try host.directory.setTimes(ModuleCacheTree.path(path), accessed: old, modified: old)
            }
        }
    }

    private func damage(_ host: borrowing TestHost, _ damage: Damage) throws {
        let start = ModuleCacheTree.downloads(Self.library) + "/v1.0.0"
        func remove(_ suffixes: String...) throws {
            for suffix in suffixes { try host.directory.remove(ModuleCacheTree.path("\(start).\(suffix)")) }
        }
        switch damage {
        case .zipHash: try remove("ziphash")
        case .info: try remove("info")
        case .mod: try remove("mod")
        case .partial: try host.directory.write(ModuleCacheTree.path("\(start).partial"), "")
        case .downloads: try remove("info", "mod", "zip", "ziphash", "lock")
        }
        try age(host)
    }

    private func findings(_ host: borrowing TestHost) throws -> [Finding] {
        let report = try host.run(.check).report
        return report.caches.flatMap(\.plan.findings).filter { $0.rule == .modcacheDamaged }
    }

    @Test(arguments: Damage.allCases, ["", retention])
    func areFoundOneByOne(damage: Damage, retention: String) throws {
        let host = try host(Self.policy(retention))
        #expect(try findings(host).isEmpty)
        try self.damage(host, damage)
        let finding = try #require(try findings(host).first)
        #expect(try findings(host).count == 1)
        #expect(finding.subject == "\(Self.library)@v1.0.0")
        #expect(finding.found == damage.rawValue)
        let goes = !retention.isEmpty && damage != .downloads
        #expect(finding.disposition == (goes ? .repairable : .manual))
        let verifies = finding.remedy.contains("'cachewarden verify modules --repair'")
        #expect(verifies == (!goes && damage != .downloads), "\(finding)")
        #expect(try host.run(.check).report.verdict == .drift)
    }

    @Test(arguments: Damage.allCases) func mayBeDownloadsForAnHour(damage: Damage) throws {
        let host = try host(Self.policy())
        try self.damage(host, damage)
        let name =
            damage == .downloads
            ? "\(Self.library)@v1.0.0"
            : try #require(
                try ModuleCacheTree.parts(host, of: Self.library, "v1.0.0").first { $0.hasSuffix(".lock") })
        for (age, count) in [(0, 0), (3_599, 0), (3_600, 1), (-1, 0), (-3_600, 1)] {
            let moment = Timestamp(seconds: host.clock.now().seconds - Int64(age))
            try host.directory.setTimes(ModuleCacheTree.path(name), modified: moment)
            #expect(try findings(host).count == count, "\(age) seconds old")
        }
    }

    @Test func goWhereThePolicyHasRetention() throws {
        for damage in Damage.allCases where damage != .downloads {
            let host = try host(Self.policy(Self.retention))
            let others = try ModuleCacheTree.files(host).filter { !$0.contains(Self.library) }
            try self.damage(host, damage)
            let report = try host.run(.apply).report
            #expect(report.verdict == .repaired, "\(damage): \(report.caches.flatMap(\.standing))")
            #expect(try ModuleCacheTree.parts(host, of: Self.library, "v1.0.0") == [], "\(damage)")
            #expect(try ModuleCacheTree.files(host).filter { !$0.contains(Self.library) } == others)
            #expect(try host.run(.check).report.verdict == .compliant)
        }
    }

    @Test func stayWithoutRetention() throws {
        let host = try host(Self.policy())
        try damage(host, .zipHash)
        let files = try ModuleCacheTree.files(host)
        #expect(try host.run(.apply).report.verdict == .drift)
        #expect(try ModuleCacheTree.files(host) == files)
    }

    @Test func stayWhileSomebodyUsesThem() throws {
        let host = try host(Self.policy(Self.retention))
        try damage(host, .info)
        let moment = host.clock.now()
        try host.directory.setTimes(
            ModuleCacheTree.path("\(Self.library)@v1.0.0/lib.go"), accessed: moment, modified: moment)
        let files = try ModuleCacheTree.files(host)
        #expect(try findings(host).map(\.disposition) == [.manual])
        #expect(try host.run(.apply).report.verdict == .drift)
        #expect(try ModuleCacheTree.files(host) == files)
    }

    /// Anybody who may write to a cache can make any number of them.
    @Test func areSummedUpWhereThereAreMany() throws {
        let host = try host(Self.policy())
        let folder = ModuleCacheTree.downloads(Self.library)
        for number in 0..<120 {
            let name = "\(folder)/v2.0.\(number).zip"
            try host.directory.write(ModuleCacheTree.path(name), "x")
            try ModuleCacheTree.age(host, name, days: 2)
        }
        let findings = try findings(host)
        #expect(findings.count == 101)
        #expect(findings.last?.count == 20 && findings.last?.examples.count == 3)
    }

    // MARK: - Repairing what verify found

    /// Verifies and repairs; `builds` are those that run when they are asked for, by how often they were.
    private func repair(
        _ host: borrowing TestHost, builds: @escaping @Sendable (Int) -> Bool
    ) throws -> (found: [String], report: RunReport) {
        let plain = try host.surroundings()
        let calls = Mutex(0)
        let build = RunningBuild(
            process: 1, user: .root, startedAt: Timestamp(seconds: host.clock.now().seconds - 60), command: "go build",
            evidence: .usesCache)
        let surroundings = Surroundings(
            now: plain.now, makeRunID: plain.makeRunID, environment: plain.environment, caller: plain.caller,
            hostName: plain.hostName, top: plain.top,
            observeBuilds: { _, _, _ in
                let call = calls.withLock { calls in
                    calls += 1
                    return calls
                }
                return .known(builds(call) ? [build] : [])
            }, logger: plain.logger)
        var request = RunRequest(command: .verify, threads: 2)
        request.policies = [host.directory.path(TestHost.policyPath)]
        request.target = .cache("modules")
        guard case .modules(let found) = try VerifyRun(request, in: surroundings).run() else {
            throw AgentError.failed("no module cache", remedy: nil)
        }
        #expect(found.verdict == .damaged && found.exitCode == 2)
        let clean = CleanRequest(builds: .wait(.zero), scope: .versions(found.verification.damages))
        let report = try CleanRun(clean, request, in: surroundings) { _ in }.run()
        return (found.verification.damages.map { "\($0.version.path)" }, report)
    }

    /// In these caches no .ziphash holds a hash.
    @Test func goWhenNoBuildRuns() throws {
        let host = try host(Self.policy())
        let (found, report) = try repair(host) { _ in false }
        #expect(found == ["\(Self.library)@v1.0.0", "\(Self.kept)@v1.0.0", "example.com/pruned@v1.0.0"])
        #expect(report.verdict == .repaired, "\(report.notes)")
        let left = try ModuleCacheTree.files(host).filter { $0.contains("v1.0.0") }
        #expect(left.allSatisfy { $0.contains("example.com/listed") } && left.count == 2, "\(left)")
    }

    /// One that began before, and one that begins while the doors are closed.
    @Test(arguments: [1, 2]) func stayWhileABuildRuns(from call: Int) throws {
        let host = try host(Self.policy())
        let before = try TreeSnapshot(of: host.cache).nodes.keys.sorted()
        let (_, report) = try repair(host) { $0 >= call }
        #expect(report.verdict == .drift && !report.notes.isEmpty, "\(report)")
        #expect(
            try TreeSnapshot(of: host.cache).nodes.keys.filter { !"\($0)".hasSuffix(".lock") }.sorted()
                == before.filter { !"\($0)".hasSuffix(".lock") })
    }

    @Test func stayWhereThePolicyOnlyAudits() throws {
        let host = try host(Self.policy().replacing("enforce", with: "audit"))
        let before = try ModuleCacheTree.files(host)
        #expect(throws: AgentError.self) { try repair(host) { _ in false } }
        #expect(try ModuleCacheTree.files(host) == before)
    }

    /// What no lock guards, and what holds anything that Go does not make, is named and stays.
    @Test func whatIsNeverTouchedIsNoRepair() throws {
        let host = try host(Self.policy())
        try damage(host, .downloads)
        let (found, report) = try repair(host) { _ in false }
        #expect(found.contains("\(Self.library)@v1.0.0"))
        #expect(report.verdict == .drift)
        #expect(report.notes.contains { $0.contains("\(Self.library)@v1.0.0") }, "\(report.notes)")
        #expect(try host.directory.exists(ModuleCacheTree.path("\(Self.library)@v1.0.0/lib.go")))
    }
}
