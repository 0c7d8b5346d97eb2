import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

@Suite("Changes and their order") struct ChangeOrderTests {
    private let drifted = NodeState(.directory, 0o755, group: People.operators)

    @Test func filesComeFirstThenDirectoriesFromTheDeepestUpThenTheRoot() throws {
        var fixture = CacheFixture(try .shared(), root: drifted)
        fixture.groups = [
            CacheFixture.shard(drifted, "0f", "10"),
            CacheFixture.group(.executableDirectory, drifted, ["0f/0f02-d"]),
            CacheFixture.group(.fuzz, drifted, ["fuzz", "fuzz/pkg", "fuzz/pkg/FuzzIt"]),
            CacheFixture.group(.bookkeeping, NodeState(.file, 0o644), ["trim.txt"]),
            CacheFixture.group(.executable, NodeState(.file, 0o755), ["0f/0f02-d/tool"]),
            CacheFixture.output(NodeState(.file, 0o644), "0f/0f01-d"),
        ]
        let changes = try fixture.plan().changes
        let places = changes.map {
            ($0.before?.kind == .file, $0.role, $0.subjects.chunks.map(\.directory.depth).max() ?? 0)
        }
        let firstDirectory = try #require(places.firstIndex { !$0.0 })
        #expect(places[..<firstDirectory].count == 3)
        #expect(places[firstDirectory...].allSatisfy { !$0.0 })
        let depths = places[firstDirectory...].dropLast().map(\.2)
        #expect(depths == depths.sorted(by: >))
        #expect(places.last?.1 == nil)
        #expect(changes.last?.subjects.paths() == [.root])
        #expect(try fixture.plan().changeCount == 10)
    }

    @Test func takesOwnershipThenModeThenACLs() throws {
        let node = NodeState(.directory, 0o755, owner: People.bob, group: People.operators)
        let change = try #require(try CacheFixture(try .shared(), root: node).plan().changes.first)
        let order = change.steps.map { step in
            switch step {
            case .createDirectory: 0
            case .narrowMode: 1
            case .setOwnership: 2
            case .setMode: 3
            case .setAccessList: 4
            case .setDefaultList, .removeDefaultList: 5
            }
        }
        #expect(order == order.sorted())
        #expect(Set(order).isSuperset(of: [2, 3, 4, 5]))
    }

    @Test func narrowsBeforeOwnershipMovesOnlyWhereSomebodyWouldGain() throws {
        func steps(_ mode: UInt16, to wanted: UInt16) throws -> [ChangeStep] {
            let policy = CachePolicy(
                name: "go-build", path: "/var/cache/go-build", group: "builders",
                entries: EntryPolicy(files: ModeBits(wanted)))
            var fixture = CacheFixture(policy, root: NodeState(.directory, 0o700))
            fixture.groups = [CacheFixture.output(NodeState(.file, mode, group: People.operators))]
            return try #require(try fixture.plan().changes.first).steps
        }
        let chgrp = ChangeStep.setOwnership(owner: nil, group: People.builders)
        #expect(try steps(0o644, to: 0o600) == [chgrp, .setMode(ModeBits(0o600))])
        #expect(try steps(0o660, to: 0o600) == [.narrowMode(ModeBits(0o600)), chgrp])
        #expect(try steps(0o660, to: 0o660) == [chgrp])
        #expect(try steps(0o660, to: 0o640) == [.narrowMode(ModeBits(0o640)), chgrp])
    }

    @Test func setsSpecialBitsAgainAfterOwnershipHasMoved() throws {
        var node = CacheFixture.goodDirectory
        node.group = People.operators
        let change = try #require(try CacheFixture(try .shared(), root: node).plan().changes.first)
        // chown(2) may have cleared them, on some file systems of directories too.
        let moved = try #require(change.steps.firstIndex(of: .setOwnership(owner: nil, group: People.builders)))
        #expect(change.steps[moved...].contains(.setMode(ModeBits(0o2770))), "\(change.steps)")
    }

    @Test func asksForEveryNameThatIsToChangeAndForFewOthers() throws {
        var fixture = CacheFixture(try .shared())
        let bad = NodeState(.file, 0o644)
        func demand(_ role: EntryRole, _ node: NodeState, _ refusal: Refusal? = nil) throws -> String {
            "\(try fixture.planner().demand(role, node, refusal))"
        }
        #expect(try demand(.output, bad) == "all")
        #expect(try demand(.output, CacheFixture.goodFile) == "none")
        #expect(try demand(.output, bad, .hardLink) == "examples")
        #expect(try demand(.stranger, bad) == "examples")
        #expect(try demand(.output, NodeState(.file, 0o600, owner: .root)) == "examples")
        fixture.purpose = .report
        #expect(try demand(.output, bad) == "examples")
        #expect(try fixture.plan().changes.isEmpty)
    }

    @Test func keepsExecuteForWhoeverMayRead() throws {
        var fixture = CacheFixture(try .shared())
        fixture.groups?.append(CacheFixture.group(.executable, NodeState(.file, 0o755), ["0f/0f02-d/tool"]))
        let after = try #require(try fixture.plan().changes.first).after
        #expect(after.mode == ModeBits(0o770))
        #expect(after.accessList?.effectiveRights(of: .group, id: 2000) == .all)
    }

    @Test func takesWhatGoMakesUnderTheDefaultListForGood() throws {
        var executable = CacheFixture.goodFile
        executable.mode = ModeBits(0o770)
        executable.accessList?.set(.init(.owner, .all))
        executable.accessList?.set(.init(.mask, .all))
        var fixture = CacheFixture(try .shared())
        fixture.groups?.append(CacheFixture.group(.executable, executable, ["0f/0f02-d/tool"]))
        #expect(try fixture.plan().findings.isEmpty)
    }

    @Test func atLeastKeepsAnotherReaderWithoutWideningThem() throws {
        var node = CacheFixture.goodFile
        node.mode = ModeBits(0o640)
        node.accessList?.set(.init(.mask, .read))
        node.accessList?.set(.init(.user, id: 1002, .all))
        var fixture = CacheFixture(try .shared(match: .atLeast))
        fixture.groups = [CacheFixture.output(node)]
        let after = try #require(try fixture.plan().changes.first).after.accessListInForce
        #expect(after.effectiveRights(of: .group, id: 2000) == [.read, .write])
        #expect(after.effectiveRights(of: .user, id: 1002) == .read)
    }
}

@Suite("cache-untrusted-sharing") struct UntrustedSharingTests {
    /// A state that no rule repairs, whether it is found, and what is said.
    struct Case: Sendable, CustomTestStringConvertible {
        let node: NodeState
        var trust: CachePolicy.Trust?
        let writer: String?

        var testDescription: String { "\(node.mode) \(writer ?? "good")" }
    }

    private static func list(_ entry: AccessList.Entry, mask: Rights = .all) -> AccessList {
        var list = AccessList(mode: ModeBits(0o700))
        list.set(entry)
        list.set(.init(.mask, mask))
        return list
    }

    @Test(arguments: [
        Case(node: NodeState(.file, 0o600), writer: nil),
        Case(node: NodeState(.file, 0o644), writer: nil),
        Case(node: NodeState(.file, 0o660), writer: "group builders"),
        Case(node: NodeState(.file, 0o660), trust: .mutual, writer: nil),
        Case(node: NodeState(.file, 0o666), writer: "everybody"),
        Case(node: NodeState(.file, 0o606), trust: .mutual, writer: "everybody"),
        // The owner's private group is the owner.
        Case(node: NodeState(.file, 0o660, group: GroupID(1001)), writer: nil),
        Case(node: NodeState(.file, 0o770, acl: list(.init(.user, id: 1002, .all))), writer: "user bob"),
        Case(node: NodeState(.file, 0o770, acl: list(.init(.group, id: 2001, .all))), writer: "group operators"),
        Case(node: NodeState(.file, 0o750, acl: list(.init(.user, id: 1002, .all), mask: [.read])), writer: nil),
        Case(node: NodeState(.file, 0o770, acl: list(.init(.user, id: 1001, .all))), writer: nil),
    ])
    func namesWhoMayWrite(example: Case) throws {
        var policy = CachePolicy.bare()
        policy = CachePolicy(name: policy.name, path: policy.path, trust: example.trust)
        var fixture = CacheFixture(policy, root: NodeState(.directory, 0o700))
        fixture.groups = [CacheFixture.output(example.node, "0f/1", "0f/2")]
        let findings = try fixture.findings(.cacheUntrustedSharing)
        #expect(findings.map(\.found) == example.writer.map { ["writable by \($0)"] } ?? [])
        guard let finding = findings.first else { return }
        #expect(finding.disposition == .manual)
        #expect(finding.count == 2)
        #expect(finding.examples.map(\.path.description) == ["0f/1", "0f/2"])
    }

    @Test func looksAtTheRootToo() throws {
        let fixture = CacheFixture(.bare(), root: NodeState(.directory, 0o777))
        let finding = try #require(
            try fixture.findings(.cacheUntrustedSharing).first { $0.found.contains("everybody") })
        #expect(finding.examples.first?.path == .root)
    }

    @Test func isSilentWhereARepairTakesTheRightAway() throws {
        var fixture = CacheFixture(
            CachePolicy(name: "go-build", path: "/var/cache/go-build", entries: EntryPolicy(files: ModeBits(0o600))),
            root: NodeState(.directory, 0o700))
        fixture.groups = [CacheFixture.output(NodeState(.file, 0o666))]
        #expect(try fixture.plan().findings.map(\.rule) == [.entryMode])
    }
}
