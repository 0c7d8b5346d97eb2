import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenReport
import WardenTestSupport

/// What a run makes of waivers.
@Suite("Waivers in a run") struct WaiverRunTests {
    /// The tests' clock begins on 2026-11-23.
    private func waiver(_ rule: RuleID, _ path: String = "/srv/cache", until: String = "2026-11-30") -> String {
        "waivers: [{rule: \(rule.rawValue), path: \(path), until: \"\(until)\", reason: until the move}]"
    }

    /// A host whose files are less closed than its policy wants, and all else as it should be.
    private func makeHost(_ more: String) throws -> TestHost {
        let host = try TestHost()
        try host.writePolicy()
        _ = try host.run(.apply)
        try host.writePolicy(TestHost.policy(files: "0400", more: more))
        return host
    }

    @Test func leavesAndReportsWhatIsAccepted() throws {
        let host = try makeHost(waiver(.entryMode))
        let before = try host.states()
        let check = try host.run(.check).report
        #expect(check.verdict == .compliant && check.standing.map(\.disposition) == [.waived])
        let applied = try host.run(.apply).report
        #expect(applied.verdict == .compliant && applied.caches.first?.appliedCount == 0)
        #expect(try host.states() == before)
        #expect(applied.waivers.map(\.state) == [.endsSoon] && applied.waivers.first?.daysLeft == 7)
    }

    @Test func acceptsAPartOfACache() throws {
        let shard = try #require(try makeHost("").firstShard())
        let host = try makeHost(waiver(.entryMode, "/srv/cache/\(shard)", until: "2027-06-01T00:00:00+02:00"))
        let before = try host.states()
        let report = try host.run(.apply).report
        #expect(report.verdict == .repaired)
        let changed = try host.states().filter { before[$0.key] != $0.value }.keys
        #expect(!changed.isEmpty && !changed.contains { $0.hasPrefix("\(shard)/") })
        #expect(report.waivers.map(\.state) == [.inForce])
        // And nothing more the second time.
        #expect(try host.run(.apply).report.verdict == .compliant)
    }

    @Test func saysThatOneHasEnded() throws {
        let host = try makeHost(waiver(.entryMode, until: "2026-11-22"))
        let check = try host.run(.check).report
        #expect(check.verdict == .drift && check.waivers.map(\.state) == [.ended])
        #expect(check.standing.map(\.rule) == [.entryMode, .waiverExpired])
        // Nothing is accepted any more, so it is repaired, and the waiver has nothing to speak of.
        let applied = try host.run(.apply).report
        #expect(applied.verdict == .repaired && applied.standing.map(\.rule) == [.waiverUnused])
        #expect(try host.run(.check).report.verdict == .compliant, "that is advice")
    }

    @Test func saysThatOneAcceptsNothing() throws {
        let host = try makeHost(waiver(.rootMode))
        let report = try host.run(.apply).report
        #expect(report.verdict == .repaired && report.standing.map(\.rule) == [.waiverUnused])
        let only = try host.run(.check) { $0.only = [.entryMode] }.report
        #expect(only.waivers.isEmpty && only.standing.isEmpty, "nobody asked about it")
        #expect(try host.run(.stat).report.waivers.isEmpty)
    }

    @Test func saysNothingAgainstAWaiverOfACacheThatIsNotThere() throws {
        let host = try makeHost(waiver(.entryMode))
        try host.directory.removeTree("root/srv/cache")
        let report = try host.run(.check).report
        #expect(report.waivers.map(\.state) == [.unseen] && report.standing.map(\.rule) == [.cacheMissing])
    }

    @Test func leavesAFileThatIsAccepted() throws {
        let host = try makeHost(
            "environment: [{variables: {GOCACHE: /srv/cache}, deliver: [login-shells]}]\n"
                + waiver(.environmentMissing, "/etc/profile.d"))
        let report = try host.run(.apply) { $0.only = [.environmentMissing] }.report
        #expect(report.verdict == .compliant && report.delivery.standing.map(\.disposition) == [.waived])
        #expect(try !host.directory.exists("root/etc/profile.d/cachewarden.sh"))
    }

    /// A plan knows what was accepted when it was made.
    @Test func carriesOutASavedPlan() throws {
        let host = try makeHost(waiver(.entryMode, "/srv/cache/nowhere"))
        let bytes = try PlanDocument.encode(try host.run(.plan).plan)
        #expect(try host.apply(plan: bytes).report.verdict == .repaired)
    }
}

extension TestHost {
    /// What every entry of the cache is like, by its path below the root.
    fileprivate borrowing func states() throws -> [String: FileStatus] {
        var states: [String: FileStatus] = [:]
        for name in try FixtureCalls.names(in: cache) {
            let shard = FilePath("root/srv/cache").pushing(FilePath(nameBytes: name))
            states[String(decoding: name, as: UTF8.self)] = try directory.status(shard)
            guard try directory.status(shard).kind == .directory else { continue }
            for entry in try FixtureCalls.names(in: directory.path(shard)) {
                let path = "\(String(decoding: name, as: UTF8.self))/\(String(decoding: entry, as: UTF8.self))"
                states[path] = try directory.status(FilePath("root/srv/cache/\(path)"))
            }
        }
        return states
    }

    /// A shard that holds something.
    fileprivate borrowing func firstShard() throws -> String? {
        try states().keys.filter { $0.contains("/") }.sorted().first.map { String($0.prefix(2)) }
    }
}
