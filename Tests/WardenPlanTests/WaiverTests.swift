import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

/// What is accepted until a date is reported as that, and left as it is.
@Suite("Waivers") struct WaiverTests {
    private static let now = Timestamp(seconds: 1_795_406_400)
    private static let cache: FilePath = "/var/cache/go-build"
    private static let later = Timestamp(seconds: now.seconds + 30 * 86_400)
    private static let earlier = Timestamp(seconds: now.seconds - 1)

    private func table(_ waivers: Waiver...) -> WaiverTable {
        WaiverTable([Policy(name: "shared", caches: [], waivers: waivers)], now: Self.now)
    }

    private func waiver(_ rule: RuleID, _ path: FilePath = Self.cache, until: Timestamp = Self.later) -> Waiver {
        Waiver(rule: rule, path: path, until: until, reason: "until the move")
    }

    /// A cache with one closed file in `fuzz` and one beside it.
    private func fixture(_ waivers: Waiver...) throws -> CacheFixture {
        var fixture = CacheFixture(try .shared())
        let table = WaiverTable([Policy(name: "shared", caches: [], waivers: waivers)], now: Self.now)
        fixture.waivers = table.waivers(inCacheAt: Self.cache)
        var closed = CacheFixture.goodFile
        closed.group = People.operators
        let inside = CacheFixture.group(.fuzz, closed, ["fuzz/x/one", "fuzz/x/two"], part: fixture.waivers.parts.first)
        fixture.groups = [
            CacheFixture.shard(CacheFixture.goodDirectory), CacheFixture.output(closed), inside,
        ]
        return fixture
    }

    // MARK: - Entries

    @Test func acceptsAPartAndNothingBesideIt() throws {
        let plan = try fixture(waiver(.entryGroup, "/var/cache/go-build/fuzz")).plan()
        let findings = plan.findings.filter { $0.rule == .entryGroup }
        #expect(findings.map(\.disposition) == [.repairable, .waived] && findings.map(\.count) == [1, 2])
        #expect(findings.map(\.subject) == ["files below /var/cache/go-build", "files below /var/cache/go-build/fuzz"])
        #expect(findings.map(\.isDrift) == [true, false])
        #expect(plan.changes.flatMap { $0.subjects.paths() } == [RelativePath("0f/0f01-d")])
    }

    @Test func repairsWhatOtherRulesFindInAPart() throws {
        var fixture = try fixture(waiver(.entryGroup, "/var/cache/go-build/fuzz"))
        var node = CacheFixture.goodFile
        node.group = People.operators
        node.mode = ModeBits(0o664)
        node.accessList?.set(.init(.other, [.read]))
        fixture.groups = [
            CacheFixture.shard(CacheFixture.goodDirectory),
            CacheFixture.group(.fuzz, node, ["fuzz/x"], part: RelativePath("fuzz")),
        ]
        let plan = try fixture.plan()
        let change = try #require(plan.changes.first)
        #expect(plan.changes.count == 1 && change.rules == [.entryMode])
        #expect(change.after.group == People.operators && change.after.mode == ModeBits(0o660))
    }

    @Test func acceptsAllOfACache() throws {
        let plan = try fixture(waiver(.entryGroup)).plan()
        #expect(plan.findings.map(\.disposition) == [.waived] && plan.findings.first?.count == 3)
        #expect(plan.changes.isEmpty)
    }

    /// By whole names: `go-build2` is another place, and so is what only begins like a part.
    @Test(arguments: ["/var/cache/go-build2", "/var/cache/go-buil", "/srv", "/var/cache/go-build/fuz"] as [FilePath])
    func acceptsNothingElsewhere(_ path: FilePath) throws {
        var fixture = try fixture(waiver(.entryGroup, path))
        fixture.groups = fixture.groups?.map {
            EntryGroup(
                role: $0.role, node: $0.node, refusal: nil, count: $0.count, allocated: $0.allocated,
                subjects: $0.subjects)
        }
        #expect(try fixture.plan().findings.map(\.disposition) == [.repairable])
    }

    @Test func acceptsRefusedEntriesOfAPart() throws {
        var fixture = try fixture(waiver(.entryRefused, "/var/cache/go-build/fuzz"))
        let link = NodeState(kind: .symbolicLink, owner: People.alice, group: People.builders, mode: ModeBits(0o777))
        fixture.groups = ["fuzz/link", "0f/link"].map {
            CacheFixture.group(
                .output, link, [$0], refusal: .symbolicLink, part: $0 == "0f/link" ? nil : RelativePath("fuzz"))
        }
        fixture.groups?.append(CacheFixture.shard(CacheFixture.goodDirectory, "0f", "1f", "2f"))
        fixture.failures = [ObservationFailure(path: RelativePath("0f"), operation: "read", cause: .permissionDenied)]
        let findings = try fixture.findings(.entryRefused)
        #expect(findings.map(\.disposition) == [.refused, .refused, .waived] && findings.map(\.count) == [1, 1, 1])
        #expect(findings.last?.examples.map(\.path) == [RelativePath("fuzz/link")])
    }

    // MARK: - The cache itself

    @Test func acceptsOneRuleOfTheRoot() throws {
        var fixture = try fixture(waiver(.rootMode))
        var node = CacheFixture.goodDirectory
        node.mode = ModeBits(0o770)
        node.group = People.operators
        fixture.root = CacheFixture.present(node)
        fixture.groups = []
        let plan = try fixture.plan()
        #expect(plan.findings.map(\.rule) == [.rootGroup, .rootMode])
        #expect(plan.findings.map(\.disposition) == [.repairable, .waived])
        let change = try #require(plan.changes.first)
        #expect(change.rules == [.rootGroup] && change.after.mode == ModeBits(0o770))
        #expect(change.after.group == People.builders)
    }

    @Test func makesNoRootThatIsAccepted() throws {
        var fixture = try fixture(waiver(.cacheMissing))
        fixture.root = .missing(parentExists: true)
        fixture.groups = nil
        let plan = try fixture.plan()
        #expect(plan.findings.map(\.disposition) == [.waived] && plan.changes.isEmpty)
    }

    @Test func neverAcceptsWhatBlocks() throws {
        var fixture = try fixture(waiver(.cacheUnsafePath))
        fixture.ancestors = CacheFixture.ancestors(mode: 0o777)
        #expect(try fixture.findings(.cacheUnsafePath).map(\.disposition) == [.blocking])
    }

    // MARK: - Retention

    private func retention(_ waivers: Waiver...) throws -> RetentionFixture {
        var fixture = RetentionFixture {
            $0.maxSize = ByteCount(12 << 10)
            $0.maxAge = .seconds(30 * 86_400)
        }
        for key in 1...4 { fixture.addPair(key: UInt64(key), usedAgo: UInt32(key) * 10 * RetentionFixture.day) }
        let table = WaiverTable([Policy(name: "shared", caches: [], waivers: waivers)], now: Self.now)
        fixture.waivers = table.waivers(inCacheAt: Self.cache)
        return fixture
    }

    @Test func evictsForTheLimitsThatNobodyAccepted() throws {
        let size = try retention(waiver(.sizeExceeded))
        #expect(try size.evictedKeys(for: .changes) == [4], "only what is too old")
        #expect(try size.finding(.sizeExceeded)?.disposition == .waived)
        #expect(try size.finding(.ageExceeded)?.disposition == .repairable)
        let both = try retention(waiver(.sizeExceeded), waiver(.ageExceeded, "/var"))
        #expect(try both.evictedKeys(for: .changes) == [])
        #expect(try both.finding(.ageExceeded)?.disposition == .waived)
        #expect(try both.planner().acceptsRetention && !retention(waiver(.rootMode)).planner().acceptsRetention)
        #expect(try retention().evictedKeys(for: .changes).count > 1)
    }

    // MARK: - Time

    @Test func endsAtItsMoment() throws {
        #expect(try fixture(waiver(.entryGroup, until: Self.now)).plan().changes.isEmpty)
        let plan = try fixture(waiver(.entryGroup, until: Self.earlier)).plan()
        #expect(plan.findings.map(\.disposition) == [.repairable] && plan.changes.count == 2)
        #expect(plan.findings.first?.waiver?.isInForce == false)
        // The renewed one counts, wherever it stands.
        let renewed = try fixture(waiver(.entryGroup, until: Self.earlier), waiver(.entryGroup, "/var")).plan()
        #expect(renewed.findings.map(\.disposition) == [.waived])
    }

    @Test func tellsWhatBecameOfEach() throws {
        let day: Int64 = 86_400
        let ends = [14 * day, 14 * day + 1, -1, 40 * day].map { Timestamp(seconds: Self.now.seconds + $0) }
        let waivers = zip([RuleID.entryGroup, .entryMode, .entryACL, .rootMode], ends).map { waiver($0, until: $1) }
        let table = WaiverTable([Policy(name: "shared", caches: [], waivers: waivers)], now: Self.now)
        let findings = waivers.prefix(3).map { waiver in
            table.applied(
                to: Finding(
                    rule: waiver.rule, severity: .medium, disposition: .repairable, cache: "go-build", subject: "s",
                    count: 7, wanted: "w", found: "f", remedy: "r", place: Self.cache))
        }
        let statuses = table.statuses(findings, lookingFor: Set(RuleID.allCases))
        #expect(statuses.map(\.terms.rule) == [.entryACL, .entryGroup, .entryMode, .rootMode])
        #expect(statuses.map(\.state) == [.ended, .endsSoon, .inForce, .unused])
        #expect(statuses.map(\.daysLeft) == [-1, 14, 14, 40] && statuses.map(\.inodes) == [7, 7, 7, 0])
        let own = WaiverFindings.findings(statuses, lookingFor: Set(RuleID.allCases))
        #expect(own.map(\.rule) == [.waiverExpired, .waiverUnused])
        #expect(own.map(\.disposition) == [.manual, .advisory])
        #expect(table.statuses(findings, lookingFor: [.entryACL]).map(\.state) == [.ended])
        // What nobody could look at says nothing against a waiver.
        for unseen: FilePath in ["/var/cache/go-build", "/var/cache/go-build/x", "/var"] {
            let states = table.statuses(findings, lookingFor: [.rootMode], unseen: [unseen]).map(\.state)
            #expect(states == [.unseen])
        }
        #expect(table.statuses(findings, lookingFor: [.rootMode], unseen: ["/srv"]).map(\.state) == [.unused])
        #expect(
            WaiverFindings.findings(
                table.statuses([], lookingFor: Set(RuleID.allCases), unseen: ["/var"]),
                lookingFor: Set(RuleID.allCases)
            ).isEmpty)
    }

    @Test func leavesAdviceAndWhatHasNoPlace() {
        let table = table(waiver(.environmentMissing, "/"))
        func finding(_ disposition: Finding.Disposition, _ place: FilePath?) -> Finding {
            Finding(
                rule: .environmentMissing, severity: .medium, disposition: disposition, cache: "", subject: "s",
                wanted: "w", found: "f", remedy: "r", place: place)
        }
        #expect(table.applied(to: finding(.advisory, "/etc")).disposition == .advisory)
        #expect(table.applied(to: finding(.manual, nil)).disposition == .manual)
        #expect(table.applied(to: finding(.manual, "/etc")).disposition == .waived)
    }
}
