import SystemPackage
import Testing
import WardenModel

/// Whom a change lets read what they could not before.
struct ChangeDisclosureTests {
    private static let owner = UserID(rawValue: 1001)
    private static let own = GroupID(rawValue: 1001)
    private static let builders = GroupID(rawValue: 5000)

    private func file(
        _ mode: UInt16, group: GroupID = own, owner: UserID = owner, kind: NodeKind = .file,
        _ named: [AccessList.Entry] = []
    ) -> NodeState {
        var state = NodeState(kind: kind, owner: owner, group: group, mode: ModeBits(mode))
        guard !named.isEmpty else { return state }
        var entries = AccessList(mode: state.mode).entries + named
        entries.append(AccessList.Entry(.mask, [.read, .write]))
        state.accessList = AccessList(entries)
        return state
    }

    private func discloses(_ before: NodeState, _ after: NodeState) -> Bool {
        Change(
            rules: [.entryMode], role: .output, before: before, steps: [], after: after, subjects: SubjectList([])
        ).disclosesContent
    }

    @Test func aPrivateFileIsDisclosedToWhomeverMayRead() {
        let named = AccessList.Entry(.user, id: 1002, [.read])
        #expect(discloses(file(0o600), file(0o660)))
        #expect(discloses(file(0o600), file(0o604)))
        #expect(discloses(file(0o600), file(0o660, group: Self.builders)))
        #expect(discloses(file(0o600), file(0o600, [named])))
        #expect(discloses(file(0o600), file(0o600, owner: UserID(rawValue: 1002))))
        // What the owner alone may read is no less private for being writable.
        #expect(discloses(file(0o620), file(0o660)))
        // The group is another one.
        #expect(discloses(file(0o640), file(0o640, group: Self.builders)))
        // Whoever has an entry is not one of the others.
        #expect(discloses(file(0o604), file(0o644)))
        #expect(discloses(file(0o644, [.init(.user, id: 1002, [])]), file(0o644, [named])))
        // Without the mask's leave an entry grants nothing.
        #expect(!discloses(file(0o600), file(0o600, [.init(.user, id: 1002, [.execute])])))
    }

    @Test func whatCouldBeReadBeforeIsNot() {
        #expect(!discloses(file(0o644), file(0o660, group: Self.builders)))
        #expect(!discloses(file(0o640, group: Self.builders), file(0o660, group: Self.builders)))
        #expect(!discloses(file(0o666), file(0o600, owner: UserID(rawValue: 1002))))
        #expect(!discloses(file(0o660), file(0o600)))
        #expect(!discloses(file(0o600), file(0o620)))
        #expect(!discloses(file(0o700, kind: .directory), file(0o2770, kind: .directory)))
    }
}
