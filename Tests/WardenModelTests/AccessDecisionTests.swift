import SystemPackage
import Testing
import WardenModel

/// One inode of root's and group 10's, and what decides for whom; the kernel is asked in `AccessDifferentialTests`.
struct AccessDecisionTests {
    private static func node(_ mode: UInt16, _ entries: [AccessList.Entry] = []) -> NodeState {
        var list = AccessList(mode: ModeBits(mode))
        for entry in entries { list.set(entry) }
        return NodeState(
            kind: .directory, owner: UserID(1), group: GroupID(10), mode: list.mode(special: 0),
            accessList: entries.isEmpty ? nil : list)
    }

    private static func user(_ id: UInt32, _ groups: UInt32...) -> AccessSubject {
        .user(UserID(id), name: "user \(id)", groups: groups.map { GroupID($0) })
    }

    private static let named: [AccessList.Entry] = [
        .init(.user, id: 2, .all), .init(.group, id: 11, .read), .init(.group, id: 12, .write),
        .init(.mask, [.read, .execute]),
    ]

    private static let examples: [(String, NodeState, AccessSubject, Rights, Bool, AccessDecision.Basis)] = [
        ("the owner's entry alone", node(0o077), user(1, 10), .read, false, .entry(.init(.owner, []))),
        ("the group's digit", node(0o750), user(3, 10), .read, true, .entry(.init(.owningGroup, [.read, .execute]))),
        ("a group shuts its members out", node(0o707), user(3, 10), .read, false, .entry(.init(.owningGroup, []))),
        ("others", node(0o704), user(3, 11), .read, true, .entry(.init(.other, .read))),
        (
            "the mask cuts a named user", node(0o750, named), user(2), .write, false,
            .cut(.init(.user, id: 2, .all), mask: [.read, .execute])
        ),
        ("what the mask leaves", node(0o750, named), user(2), .read, true, .entry(.init(.user, id: 2, .all))),
        (
            "a named user's groups do not count", node(0o777, [.init(.user, id: 2, []), .init(.mask, .all)]),
            user(2, 10), .read, false, .entry(.init(.user, id: 2, []))
        ),
        (
            "no single group grants both", node(0o770, [named[1], named[2], .init(.mask, .all)]), user(3, 11, 12),
            [.read, .write], false, .noSingleGroup([named[1], named[2]])
        ),
        (
            "an empty mask takes the list out of force", node(0o704, [named[0], .init(.mask, [])]), user(2), .read,
            true, .entry(.init(.other, .read))
        ),
        (
            "but not for the owning group", node(0o704, [named[0], .init(.mask, [])]), user(3, 10), .read, false,
            .entry(.init(.mask, []))
        ),
        ("root", node(0o000), user(0), [.read, .write], true, .privilege),
    ]

    @Test(arguments: examples.indices) func isTheKernels(index: Int) {
        let (name, node, subject, rights, isGranted, basis) = Self.examples[index]
        let decision = node.decision(for: subject, wanting: rights)
        #expect(decision.isGranted == isGranted && decision.basis == basis, "\(name): \(decision)")
    }

    @Test func rootExecutesWhatSomebodyMayExecute() {
        var file = Self.node(0o644)
        file.kind = .file
        #expect(file.decision(for: Self.user(0), wanting: .execute).basis == .nobodyExecutes)
        file.mode = ModeBits(0o654)
        #expect(file.decision(for: Self.user(0), wanting: .execute).basis == .privilege)
    }

    @Test func barriersStopRootToo() {
        func answer(_ operation: AccessOperation, _ barrier: AccessBarrier) -> AccessVerdict.Answer {
            let above = [AncestorObservation(path: "/", node: Self.node(0o755))]
            let path = AccessPath(
                path: "/d", node: Self.node(0o777), barriers: [barrier], ancestors: above, parentBarriers: [])
            return path.verdict(for: Self.user(0), operation).answer
        }
        for barrier in [AccessBarrier.immutable, .readOnlyFileSystem] {
            #expect(answer(.create, barrier) == .no && answer(.delete, barrier) == .no, "\(barrier)")
            #expect(answer(.read, barrier) == .yes && answer(.search, barrier) == .yes, "\(barrier)")
        }
        #expect(answer(.create, .appendOnly) == .yes && answer(.delete, .appendOnly) == .no)
        #expect(answer(.search, .noExecution) == .yes)
    }
}
