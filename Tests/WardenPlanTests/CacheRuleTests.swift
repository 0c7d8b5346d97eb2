import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

@Suite("cache-missing, cache-not-recognised, cache-no-acl-support") struct CacheRuleTests {
    private func missing(_ policy: CachePolicy, parentExists: Bool = true) -> CacheFixture {
        var fixture = CacheFixture(policy)
        fixture.root = .missing(parentExists: parentExists)
        fixture.groups = nil
        return fixture
    }

    @Test func makesAMissingRootWhereThePolicySaysSo() throws {
        let plan = try missing(try .shared()).plan()
        let finding = try #require(plan.findings.first)
        #expect(plan.findings.count == 1)
        #expect(finding.rule == .cacheMissing)
        #expect(finding.disposition == .repairable)
        #expect((finding.wanted, finding.found) == ("a directory", "nothing"))
        let change = try #require(plan.changes.first)
        #expect(plan.changes.count == 1)
        #expect(plan.root == nil)
        #expect(change.before == nil)
        #expect(change.rules == [.cacheMissing])
        #expect(change.after == CacheFixture.goodDirectory)
        #expect(change.subjects.paths() == [.root])
        #expect(change.steps.first == .createDirectory)
    }

    @Test func inheritsTheGroupOfASetgidParent() throws {
        var fixture = missing(.bare(create: true))
        fixture.ancestors = CacheFixture.ancestors(group: People.operators, mode: 0o2755)
        #expect(try fixture.plan().changes.first?.after.group == People.operators)
        fixture.ancestors = CacheFixture.ancestors(group: People.operators, mode: 0o755)
        #expect(try fixture.plan().changes.first?.after.group == GroupID(0))
    }

    @Test func leavesAMissingRootToAPersonWithoutCreate() throws {
        let plan = try missing(try .shared(create: false)).plan()
        #expect(plan.changes.isEmpty)
        #expect(plan.findings.map(\.disposition) == [.manual])
        #expect(plan.findings.first?.remedy.contains("'create: true'") == true)
    }

    @Test(arguments: [true, false])
    func doesNotMakeParents(create: Bool) throws {
        let plan = try missing(try .shared(create: create), parentExists: false).plan()
        #expect(plan.changes.isEmpty)
        #expect(plan.findings.map(\.disposition) == [.manual])
        #expect(plan.findings.first?.remedy.contains("'/var/cache'") == true)
    }

    @Test func makesNothingWhereOnlyOtherRulesAreAskedFor() throws {
        var fixture = missing(try .shared())
        fixture.only = [.rootMode]
        let plan = try fixture.plan()
        #expect(plan.changes.isEmpty)
        #expect(plan.findings.isEmpty)
    }

    /// What stands below a root, and whether it may be taken for a Go build cache.
    struct Tree: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let names: [(EntryRole, String)]
        let isCache: Bool
    }

    @Test(arguments: [
        Tree(
            testDescription: "a Git object store",
            names: [(.shard, "0f"), (.stranger, "0f/8a3c"), (.stranger, "pack"), (.stranger, "info")], isCache: false),
        Tree(
            testDescription: "a project with a README",
            names: [(.bookkeeping, "README"), (.stranger, "main.go"), (.stranger, ".git")], isCache: false),
        Tree(testDescription: "somebody's documents", names: [(.stranger, "letter.txt")], isCache: false),
        Tree(
            testDescription: "a cache in use",
            names: [(.bookkeeping, "README"), (.shard, "0f"), (.action, "0f/a"), (.output, "0f/d")], isCache: true),
        Tree(
            testDescription: "after go clean -cache",
            names: [(.bookkeeping, "README"), (.bookkeeping, "trim.txt"), (.shard, "00"), (.shard, "ff")],
            isCache: true),
        Tree(testDescription: "shards alone", names: [(.shard, "00"), (.shard, "ff")], isCache: true),
        Tree(
            testDescription: "a cleaned cache with a stranger",
            names: [(.bookkeeping, "README"), (.bookkeeping, "trim.txt"), (.stranger, "x")], isCache: true),
        Tree(
            testDescription: "an evicted cache with strangers",
            names: [(.bookkeeping, "README"), (.stranger, "0f/x"), (.stranger, "x")]
                + (0..<256).map { (.shard, String($0, radix: 16)) }, isCache: true),
        Tree(
            testDescription: "a store with a README and some folders",
            names: [(.bookkeeping, "README"), (.stranger, "pack")] + (0..<255).map { (.shard, "\($0)") }, isCache: false
        ),
        Tree(
            testDescription: "all folders of a store of another program",
            names: [(.stranger, "pack")] + (0..<256).map { (.shard, "\($0)") }, isCache: false),
        Tree(
            testDescription: "a cache with a stranger", names: [(.shard, "0f"), (.action, "0f/a"), (.stranger, "x")],
            isCache: true),
    ])
    func tellsACacheFromSomethingElse(tree: Tree) throws {
        var fixture = CacheFixture(try .shared())
        fixture.groups = tree.names.map { role, path in
            CacheFixture.group(role, NodeState(role == .shard ? .directory : .file, 0o755), [path])
        }
        let found = try fixture.findings(.cacheNotRecognised)
        #expect(found.isEmpty == tree.isCache)
        #expect(try fixture.plan().isBlocked == !tree.isCache)
        guard !tree.isCache else { return }
        #expect(found.first?.found == "\(tree.names.count) names, none of them a Go cache entry")
        #expect(found.first?.examples.isEmpty == false)
    }

    @Test(arguments: [
        (true, CachePlan.Mode.enforce, true), (true, .audit, true), (false, .enforce, false), (false, .audit, true),
    ])
    func takesAnEmptyDirectoryOnlyWhereItMayMakeOne(create: Bool, mode: CachePlan.Mode, isGood: Bool) throws {
        var fixture = CacheFixture(try .shared(create: create))
        fixture.mode = mode
        fixture.groups = []
        let findings = try fixture.findings(.cacheNotRecognised)
        #expect(findings.isEmpty == isGood)
        guard !isGood else { return }
        #expect(findings.first?.found == "an empty directory")
        #expect(findings.first?.remedy.contains("create: true") == true)
    }

    @Test(arguments: [CacheLayout.goMod, .directory])
    func asksOtherLayoutsForNoShape(layout: CacheLayout) throws {
        var fixture = CacheFixture(CachePolicy(name: "other", path: "/srv/cache", layout: layout))
        fixture.groups = [CacheFixture.group(.plain, NodeState(.file, 0o644), ["a"])]
        #expect(try fixture.findings(.cacheNotRecognised).isEmpty)
    }

    @Test func blocksWhereACLsAreWantedAndNotThere() throws {
        var fixture = CacheFixture(try .shared())
        fixture.root = CacheFixture.present(CacheFixture.goodDirectory, type: "vfat", supportsACLs: false)
        let plan = try fixture.plan()
        #expect(plan.findings.map(\.rule) == [.cacheNoACLSupport])
        #expect(plan.findings.first?.found == "vfat without POSIX ACLs")
        #expect(plan.findings.first?.disposition == .blocking)
    }

    @Test func doesNotAskForACLsThatNobodyWants() throws {
        var fixture = CacheFixture(.bare(), root: NodeState(.directory, 0o755))
        fixture.root = CacheFixture.present(NodeState(.directory, 0o755), type: "vfat", supportsACLs: false)
        #expect(try fixture.findings(.cacheNoACLSupport).isEmpty)
    }

    @Test func namesTheAccountThatTheHostDoesNotKnow() throws {
        var fixture = CacheFixture(try .shared(rules: ["group:nobody-knows:rwX"]))
        #expect { _ = try fixture.plan() } throws: { error in
            "\(error)" == "unknown group 'nobody-knows' in 'group:nobody-knows:rwX'"
        }
        fixture.policy = CachePolicy(name: "c", path: "/srv/c", entries: EntryPolicy(owner: "ghost"))
        #expect { _ = try fixture.plan() } throws: { "\($0)".contains("unknown user 'ghost'") }
    }
}
