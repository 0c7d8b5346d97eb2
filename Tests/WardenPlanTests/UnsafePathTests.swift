import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

@Suite("cache-unsafe-path") struct UnsafePathTests {
    private func finding(_ fixture: CacheFixture) throws -> Finding? {
        let plan = try fixture.plan()
        #expect(plan.changes.isEmpty || !plan.isBlocked)
        return plan.findings.first { $0.rule == .cacheUnsafePath }
    }

    @Test(arguments: [
        "/", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var", "/var/cache", "/var/lib",
        "/var/log", "/var/opt", "/var/spool", "/var/tmp",
    ])
    func refusesDirectoriesOfTheSystem(path: String) throws {
        let finding = try #require(try finding(CacheFixture(.bare(path: FilePath(path)))))
        #expect(finding.found == "'\(path)' is a directory of the system")
        #expect(finding.disposition == .blocking)
        #expect(finding.remedy.contains("/var/cache/go-build"))
    }

    @Test(arguments: ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "sys", "usr"])
    func refusesTreesOfTheSystem(name: String) throws {
        for path in ["/\(name)", "/\(name)/a", "/\(name)/a/b"] {
            let finding = try #require(try finding(CacheFixture(.bare(path: FilePath(path)))), "\(path)")
            #expect(finding.found == "'\(path)' is inside '/\(name)', which belongs to the system")
        }
    }

    @Test(arguments: [
        ("relative/path", "'relative/path' is not absolute"), ("/srv/a/../b", "'/srv/a/../b' has a '..'"),
        ("/home/alice", "'/home/alice' is a home directory"),
        ("/usr/local", "'/usr/local' is inside '/usr', which belongs to the system"),
        ("/etc/a\u{1b}b", "'/etc/a\\x1bb' is inside '/etc', which belongs to the system"),
    ])
    func refusesPathsThatAreNoPlaceForACache(path: String, found: String) throws {
        #expect(try finding(CacheFixture(.bare(path: FilePath(path))))?.found == found)
    }

    @Test(arguments: [
        "/var/cache/go-build", "/srv/cache", "/home/alice/.cache/go-build", "/usr/local/cache", "/cache", "/etcetera",
        "/opt/go/cache", "/root/.cache/go-build",
    ])
    func acceptsPlacesForACache(path: String) throws {
        #expect(try finding(CacheFixture(.bare(path: FilePath(path)))) == nil)
    }

    @Test(arguments: [
        (NodeKind.symbolicLink, "a symbolic link"), (.file, "a file"), (.fifo, "a FIFO"), (.socket, "a socket"),
        (.characterDevice, "a character device"), (.blockDevice, "a block device"),
    ])
    func refusesWhatIsNoDirectory(kind: NodeKind, found: String) throws {
        var fixture = CacheFixture(.bare())
        fixture.root = .notDirectory(kind)
        fixture.groups = nil
        let finding = try #require(try finding(fixture))
        #expect(finding.found == found)
        #expect(finding.remedy.contains("'path'"))
    }

    @Test(arguments: [
        (Errno.tooManySymbolicLinkLevels, "'/var/cache' is a symbolic link", "never followed"),
        (Errno.permissionDenied, "cannot look at '/var/cache': Permission denied", "run as root"),
        (Errno.notDirectory, "cannot look at '/var/cache': Not a directory", "run as root"),
    ])
    func saysWhereThePathEnds(cause: Errno, found: String, remedy: String) throws {
        var fixture = CacheFixture(.bare())
        fixture.root = .unreachable(at: "/var/cache", cause)
        fixture.groups = nil
        let finding = try #require(try finding(fixture))
        #expect(finding.found == found)
        #expect(finding.remedy.contains(remedy))
    }

    /// One directory above the root, who runs the agent and who owns the root, and what is said of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var owner = UserID.root
        var group = GroupID(0)
        var mode: UInt16
        var writers: [AccessList.Entry] = []
        var caller = UserID.root
        var rootOwner = UserID.root
        let found: String?
        var remedy = ""

        var testDescription: String { "\(owner.rawValue):\(group.rawValue) \(ModeBits(mode)) \(found ?? "good")" }
    }

    @Test(arguments: [
        Case(mode: 0o755, found: nil),
        Case(
            mode: 0o775, found: "'/var/cache' is writable by group root (mode 0775)", remedy: "chmod g-w '/var/cache'"),
        Case(
            mode: 0o757, found: "'/var/cache' is writable by everybody (mode 0757)", remedy: "chmod o-w '/var/cache'"),
        Case(
            group: People.operators, mode: 0o775, found: "'/var/cache' is writable by group operators (mode 0775)",
            remedy: "chmod g-w '/var/cache'"),
        Case(
            owner: People.bob, mode: 0o755,
            found: "'/var/cache' belongs to bob, who can put another directory in its place", remedy: "run as bob"),
        Case(owner: People.bob, mode: 0o755, caller: People.bob, found: nil),
        Case(
            owner: People.bob, mode: 0o755, caller: People.alice,
            found: "'/var/cache' belongs to bob, who can put another directory in its place"),
        // The group that has the user's own number is the user's alone.
        Case(owner: People.bob, group: GroupID(1002), mode: 0o775, caller: People.bob, found: nil),
        Case(
            owner: People.bob, group: People.builders, mode: 0o775, caller: People.bob,
            found: "'/var/cache' is writable by group builders (mode 0775)"),
        Case(
            mode: 0o775, writers: [.init(.user, id: 1002, .all)],
            found: "'/var/cache' is writable by user bob through its ACL", remedy: "setfacl -b '/var/cache'"),
        Case(
            mode: 0o775, writers: [.init(.group, id: 2001, .all)],
            found: "'/var/cache' is writable by group operators through its ACL"),
        // In a sticky directory only a name's owner may move it.
        Case(mode: 0o1777, found: nil),
        Case(mode: 0o1777, caller: People.alice, rootOwner: People.alice, found: nil),
        Case(
            mode: 0o1777, rootOwner: People.bob, found: "'/var/cache' is writable by everybody (mode 1777)"),
        Case(
            owner: People.bob, mode: 0o1777,
            found: "'/var/cache' belongs to bob, who can put another directory in its place"),
    ])
    func looksAtEveryDirectoryAbove(example: Case) throws {
        var fixture = CacheFixture(.bare(), root: NodeState(.directory, 0o755, owner: example.rootOwner))
        fixture.caller = example.caller
        fixture.ancestors = CacheFixture.ancestors(
            owner: example.owner, group: example.group, mode: example.mode, writers: example.writers)
        let finding = try finding(fixture)
        #expect(finding?.found == example.found)
        #expect(finding.map { $0.remedy.contains(example.remedy) || example.remedy.isEmpty } ?? true)
    }

    @Test func trustsAStickyDirectoryOnlyForTheNameBelowIt() throws {
        var fixture = CacheFixture(.bare(path: "/scratch/pool/cache"))
        fixture.ancestors = [
            CacheFixture.ancestor("/"), CacheFixture.ancestor("/scratch", mode: 0o1777),
            CacheFixture.ancestor("/scratch/pool", owner: People.bob),
        ]
        #expect(try finding(fixture)?.found == "'/scratch' is writable by everybody (mode 1777)")
    }

    @Test func saysNothingElseOfAnUnsafePath() throws {
        var fixture = CacheFixture(try .shared(), root: NodeState(.directory, 0o777))
        fixture.ancestors = CacheFixture.ancestors(mode: 0o777)
        let plan = try fixture.plan()
        #expect(plan.isBlocked)
        #expect(plan.findings.map(\.rule) == [.cacheUnsafePath])
        #expect(plan.root == nil)
    }

    @Test func isSaidWhateverRulesAreAskedFor() throws {
        var fixture = CacheFixture(try .shared(path: "/etc"))
        fixture.only = [.entryMode]
        #expect(try fixture.plan().isBlocked)
    }
}
