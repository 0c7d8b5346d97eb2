import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

@Suite("root-*, entry-*") struct NodeRuleTests {
    @Test func findsNothingWhereAllIsGood() throws {
        let plan = try CacheFixture(try .shared()).plan()
        #expect(plan.findings.isEmpty)
        #expect(plan.changes.isEmpty)
        #expect(plan.root == CacheFixture.identity)
    }

    /// A directory that differs from `shared` in one way, and what is said of it at the root and below.
    struct Case: Sendable, CustomTestStringConvertible {
        let rootRule: RuleID
        let entryRule: RuleID
        let node: NodeState
        let wanted: String
        let found: String
        /// Below the root the owner is kept.
        var isRootOnly = false

        var testDescription: String { rootRule.rawValue }
    }

    private static func differing(_ change: (inout NodeState) -> Void) -> NodeState {
        var node = CacheFixture.goodDirectory
        change(&node)
        return node
    }

    private static let acl = "user::rwx,group::rwx,group:builders:rwx,mask::rwx,other::---"

    static let cases: [Case] = [
        Case(
            rootRule: .rootOwner, entryRule: .entryOwner, node: differing { $0.owner = People.bob },
            wanted: "owner root", found: "owner bob", isRootOnly: true),
        Case(
            rootRule: .rootGroup, entryRule: .entryGroup, node: differing { $0.group = People.operators },
            wanted: "group builders", found: "group operators"),
        Case(
            rootRule: .rootMode, entryRule: .entryMode, node: differing { $0.mode = ModeBits(0o770) },
            wanted: "mode 2770", found: "mode 0770"),
        Case(
            rootRule: .rootACL, entryRule: .entryACL,
            node: differing { $0.accessList = nil }, wanted: "ACL \(acl)", found: "no ACL, mode 2770"),
        Case(
            rootRule: .rootACL, entryRule: .entryACL,
            node: differing {
                $0.mode = ModeBits(0o2750)
                $0.accessList?.set(.init(.mask, [.read, .execute]))
            }, wanted: "ACL \(acl)",
            found: "ACL user::rwx,group::rwx #effective:r-x,group:builders:rwx #effective:r-x,mask::r-x,other::---"),
        Case(
            rootRule: .rootDefaultACL, entryRule: .entryDefaultACL,
            node: differing { $0.defaultList = nil }, wanted: "default ACL \(acl)", found: "no default ACL"),
    ]

    @Test(arguments: cases) func saysWhatTheRootShouldBe(example: Case) throws {
        let plan = try CacheFixture(try .shared(), root: example.node).plan()
        let finding = try #require(plan.findings.first { $0.rule == example.rootRule })
        #expect(plan.findings.count == 1)
        #expect((finding.wanted, finding.found) == (example.wanted, example.found))
        #expect(finding.subject == "/var/cache/go-build")
        #expect(finding.disposition == .repairable)
        #expect(finding.severity == RuleReference.of(example.rootRule).severity)
        let change = try #require(plan.changes.first)
        #expect(plan.changes.count == 1)
        #expect(change.rules == [example.rootRule])
        #expect(change.role == nil)
        #expect(change.after == CacheFixture.goodDirectory)
        #expect(change.subjects.chunks.first?.inodes == [CacheFixture.identity.inode])
    }

    @Test(arguments: cases) func saysWhatEntriesShouldBe(example: Case) throws {
        var fixture = CacheFixture(try .shared())
        fixture.groups?.append(CacheFixture.shard(example.node, "10", "11", "12", "13"))
        let plan = try fixture.plan()
        guard !example.isRootOnly else {
            #expect(plan.findings.isEmpty)
            return
        }
        let finding = try #require(plan.findings.first)
        #expect(plan.findings.map(\.rule) == [example.entryRule])
        #expect(finding.count == 4)
        #expect((finding.wanted, finding.found) == (example.wanted, example.found))
        #expect(finding.subject == "directories below /var/cache/go-build")
        #expect(finding.examples.map(\.path.description) == ["10", "11", "12", "13"])
        #expect(plan.changes.map(\.rules) == [[example.entryRule]])
        #expect(plan.changeCount == 4)
    }

    @Test func findsTheOwnerThatAPolicyNames() throws {
        let policy = CachePolicy(
            name: "go-build", path: "/var/cache/go-build", entries: EntryPolicy(owner: "alice"))
        var fixture = CacheFixture(policy, root: NodeState(.directory, 0o700))
        fixture.groups = [CacheFixture.output(NodeState(.file, 0o600, owner: People.bob))]
        let plan = try fixture.plan()
        #expect(plan.findings.map(\.rule) == [.entryOwner])
        #expect(plan.changes.first?.steps == [.setOwnership(owner: People.alice, group: nil)])
    }

    @Test(arguments: [
        (ACLPolicy.Default.none, RuleID?.some(.entryDefaultACL), "no default ACL"), (.same, nil, ""),
        (.list([]), .some(.entryDefaultACL), "default ACL user::rwx,group::rwx,other::---"),
    ])
    func wantsTheDefaultListThatThePolicySays(
        wanted: ACLPolicy.Default, rule: RuleID?, text: String
    ) throws {
        var fixture = CacheFixture(try .shared(defaultList: wanted))
        fixture.groups = [CacheFixture.shard(CacheFixture.goodDirectory), CacheFixture.output(CacheFixture.goodFile)]
        let found = try fixture.plan().findings.filter { $0.rule == .entryDefaultACL }
        #expect(found.first?.rule == rule)
        #expect((found.first?.wanted ?? "") == text)
        if case .none = wanted { #expect(try fixture.plan().changes.first?.steps == [.removeDefaultList]) }
    }

    @Test func countsWhatIsFoundMostFirst() throws {
        var fixture = CacheFixture(.bare())
        fixture.policy = CachePolicy(
            name: "go-build", path: "/var/cache/go-build", entries: EntryPolicy(files: ModeBits(0o600)))
        fixture.groups = [
            CacheFixture.output(NodeState(.file, 0o644), "0f/1", "0f/2"), CacheFixture.output(NodeState(.file, 0o640)),
            CacheFixture.output(NodeState(.file, 0o606), "0f/3", "0f/4", "0f/5"),
            CacheFixture.output(NodeState(.file, 0o604)), CacheFixture.output(NodeState(.file, 0o600)),
        ]
        let finding = try #require(try fixture.findings(.entryMode).first)
        #expect(finding.count == 7)
        #expect(finding.found == "mode 0606 (3), mode 0644 (2), mode 0604 (1) and 1 others")
        #expect(finding.subject == "files below /var/cache/go-build")
    }

    @Test func doesNotSpeakOfStrangers() throws {
        var fixture = CacheFixture(try .shared())
        let odd = NodeState(.file, 0o600, owner: People.bob, group: People.operators)
        fixture.groups?.append(CacheFixture.group(.stranger, odd, ["0f/x", "secret"]))
        fixture.groups?.append(CacheFixture.group(.system, odd, ["lost+found"]))
        let plan = try fixture.plan()
        #expect(plan.changes.isEmpty)
        let finding = try #require(plan.findings.first)
        #expect(plan.findings.count == 1)
        #expect(finding.rule == .entryStranger)
        #expect(finding.disposition == .advisory)
        #expect(finding.count == 2)
        #expect(finding.found == "\(ByteCount(8192)) that Go did not make")
        #expect(finding.examples.map(\.path.description) == ["0f/x", "secret"])
    }

    @Test(arguments: Refusal.allCases) func neverTouchesWhatIsRefused(refusal: Refusal) throws {
        var fixture = CacheFixture(try .shared())
        let odd = NodeState(.file, 0o666, owner: People.bob, group: People.operators)
        fixture.groups?.append(CacheFixture.group(.output, odd, (10..<22).map { "0f/\($0)" }, refusal: refusal))
        let plan = try fixture.plan()
        #expect(plan.changes.isEmpty)
        let finding = try #require(plan.findings.first)
        #expect(plan.findings.map(\.rule) == [.entryRefused])
        #expect(finding.disposition == .refused)
        #expect(finding.count == 12)
        #expect(finding.examples.map(\.path.description) == (10..<20).map { "0f/\($0)" })
        #expect(!finding.found.isEmpty)
        #expect(!finding.remedy.isEmpty)
    }

    @Test func givesEveryRefusalItsOwnWords() throws {
        var fixture = CacheFixture(try .shared())
        fixture.groups = [CacheFixture.output(CacheFixture.goodFile)]
        for refusal in Refusal.allCases {
            fixture.groups?.append(
                CacheFixture.group(.output, CacheFixture.goodFile, ["0f/\(refusal)"], refusal: refusal))
        }
        let found = try fixture.plan().findings.map(\.found)
        #expect(found.count == Refusal.allCases.count)
        #expect(Set(found).count == found.count)
    }

    @Test func refusesFilesOfRootAmongThoseOfMembers() throws {
        var fixture = CacheFixture(try .shared())
        fixture.groups?.append(
            CacheFixture.output(NodeState(.file, 0o600, owner: .root, group: GroupID(0)), "0f/shadow"))
        let plan = try fixture.plan()
        #expect(plan.changes.isEmpty)
        #expect(plan.findings.map(\.rule) == [.entryRefused])
        #expect(plan.findings.first?.found == "file that belongs to root")
        #expect(plan.findings.first?.remedy.contains("chown") == true)
    }

    @Test func repairsFilesOfRootInACacheOfRootsAlone() throws {
        var fixture = CacheFixture(
            CachePolicy(name: "go-build", path: "/var/cache/go-build", entries: EntryPolicy(files: ModeBits(0o600))))
        fixture.groups = [CacheFixture.output(NodeState(.file, 0o644, owner: .root, group: GroupID(0)))]
        #expect(try fixture.plan().changes.map(\.rules) == [[.entryMode]])
    }

    @Test func leavesGoodFilesOfRootAlone() throws {
        var fixture = CacheFixture(try .shared())
        var node = CacheFixture.goodFile
        node.owner = .root
        fixture.groups?.append(CacheFixture.output(node))
        #expect(try fixture.plan().findings.isEmpty)
    }

    @Test func countsWhatCannotBeLookedAt() throws {
        var fixture = CacheFixture(try .shared())
        fixture.failures = [
            ObservationFailure(path: RelativePath("0f"), operation: "open", cause: .permissionDenied),
            ObservationFailure(path: RelativePath("10"), operation: "read the ACL of", cause: .ioError),
        ]
        let finding = try #require(try fixture.findings(.entryRefused).first)
        #expect(finding.count == 2)
        #expect(finding.found == "cannot be looked at: Input/output error, Permission denied")
        #expect(
            finding.examples.map(\.found) == [
                "cannot open: Permission denied", "cannot read the ACL of: Input/output error",
            ])
    }
}
