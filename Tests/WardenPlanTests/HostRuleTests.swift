import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

@Suite("What the host and the mount must be like") struct HostRuleTests {
    private func fixture(_ purpose: CachePlanner.Purpose = .report) throws -> CacheFixture {
        var fixture = CacheFixture(try .shared())
        fixture.purpose = purpose
        return fixture
    }

    private func plan(_ fixture: CacheFixture, _ host: HostObservation) throws -> CachePlan {
        try fixture.planner().plan(fixture.observation, names: People.names, host: host)
    }

    @Test("18: unprotected hard links stop a change, and a check goes on") func unprotectedHardLinks() throws {
        let open = HostObservation(protectsHardLinks: false)
        let check = try plan(fixture(), open)
        #expect(check.findings.map(\.rule) == [.hostLinksUnprotected])
        #expect(check.findings.map(\.disposition) == [.manual])
        #expect(check.root != nil, "the check goes on")
        var changing = try fixture(.changes)
        changing.only = [.rootMode]
        let apply = try plan(changing, open)
        #expect(apply.isBlocked && apply.changes.isEmpty, "whatever is asked for")
        for host in [HostObservation(protectsHardLinks: true), .unknown] {
            #expect(try plan(fixture(.changes), host).findings.isEmpty)
        }
    }

    @Test func aPrivateCacheNeedsNoProtectedLinks() throws {
        var fixture = CacheFixture(.bare(create: false))
        fixture.caller = .root
        let rules = try plan(fixture, HostObservation(protectsHardLinks: false)).findings.map(\.rule)
        #expect(!rules.contains(.hostLinksUnprotected))
    }

    @Test func unguardedStickyDirectoriesAreAdvice() throws {
        var sticky = try fixture()
        var node = CacheFixture.goodDirectory
        node.mode = ModeBits(0o3770)
        sticky.root = CacheFixture.present(node)
        func found(_ fixture: CacheFixture, _ host: HostObservation) throws -> [Finding] {
            try plan(fixture, host).findings.filter { $0.rule == .hostStickyUnprotected }
        }
        let open = HostObservation(protectsSymbolicLinks: false, protectsRegularFiles: false)
        let both = try found(sticky, open)
        #expect(both.map(\.wanted) == ["fs.protected_symlinks = 1, fs.protected_regular = 1"])
        #expect(both.map(\.disposition) == [.advisory])
        let one = try found(sticky, HostObservation(protectsSymbolicLinks: true, protectsRegularFiles: false))
        #expect(one.map(\.wanted) == ["fs.protected_regular = 1"])
        #expect(try found(sticky, .unknown).isEmpty)
        #expect(try found(fixture(), open).isEmpty, "no sticky directory, nothing to guard")
    }

    @Test("135: a network file system is left alone", arguments: ["nfs4", "cifs", "9p", "fuse.sshfs", "type 0x6969"])
    func networkFileSystem(type: String) throws {
        var fixture = try fixture(.changes)
        fixture.root = CacheFixture.present(CacheFixture.goodDirectory, type: type)
        let plan = try fixture.plan()
        #expect(plan.findings.map(\.rule) == [.cacheRemoteFileSystem])
        #expect(plan.isBlocked && plan.changes.isEmpty)
    }

    @Test(arguments: ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "zfs"])
    func localFileSystems(type: String) throws {
        var fixture = try fixture()
        fixture.root = CacheFixture.present(CacheFixture.goodDirectory, type: type)
        #expect(try fixture.plan().findings.isEmpty)
    }

    @Test func mountOptionsAreAdvice() throws {
        var fixture = try fixture()
        func found(_ restrictions: Set<MountRestriction>, isOwnMount: Bool) throws -> [String] {
            let system = FileSystemObservation(
                type: "ext4", isReadOnly: false, supportsACLs: true, accessTimes: .relatime, hasLazyTimes: false,
                restrictions: restrictions, isOwnMount: isOwnMount, size: ByteCount(1 << 40),
                available: ByteCount(1 << 39), inodes: 1_000_000, freeInodes: 900_000)
            fixture.root = .present(
                PresentRoot(identity: CacheFixture.identity, node: CacheFixture.goodDirectory, fileSystem: system))
            let findings = try fixture.plan().findings
            #expect(findings.allSatisfy { $0.rule == .cacheMountOptions && $0.disposition == .advisory })
            return findings.map(\.found)
        }
        #expect(try found([], isOwnMount: false).isEmpty)
        #expect(try found([.noDevices], isOwnMount: true) == ["one without nosuid"])
        #expect(try found([.noDevices, .noSetID, .noExecution], isOwnMount: true) == ["noexec"])
    }

    @Test("76: root, and accounts that release, among the members") func privilegedMembers() throws {
        func finding(_ members: [HostObservation.Member]) throws -> Finding? {
            let host = HostObservation(protectsHardLinks: true, members: [People.builders: members])
            return try plan(fixture(), host).findings.first { $0.rule == .cachePrivilegedMember }
        }
        let alice = HostObservation.Member(name: "alice", id: UserID(1001))
        #expect(try finding([alice]) == nil)
        let release = try #require(try finding([alice, .init(name: "ci-Release", id: UserID(1002))]))
        #expect(release.disposition == .advisory && release.found.contains("'ci-Release' in group builders"))
        let root = try #require(try finding([alice, .init(name: "toor", id: .root)]))
        #expect(root.disposition == .manual && root.severity == .critical && root.found.contains("'toor'"))
    }
}
