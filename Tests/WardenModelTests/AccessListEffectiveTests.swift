import SystemPackage
import Testing
import WardenModel

struct AccessListEffectiveTests {
    private let list = AccessList([
        .init(.owner, .all), .init(.user, id: 1, .all), .init(.owningGroup, [.read, .execute]),
        .init(.group, id: 7, .write), .init(.mask, [.read, .write]), .init(.other, .execute),
    ])

    @Test(
        arguments: [
            (AccessList.Tag.owner, UInt32(0), Rights.all), (.user, 1, [.read, .write]), (.owningGroup, 0, .read),
            (.group, 7, .write), (.mask, 0, [.read, .write]), (.other, 0, .execute),
        ] as [(AccessList.Tag, UInt32, Rights)])
    func cutsTheGroupClassAlone(tag: AccessList.Tag, id: UInt32, rights: Rights) {
        #expect(list.effectiveRights(of: tag, id: id) == rights)
    }

    @Test func knowsNoRightsOfStrangers() {
        #expect(list.effectiveRights(of: .user, id: 2) == nil)
    }

    @Test func computesTheMaskOfTheGroupClass() {
        #expect(list.computedMask == .all)
        #expect(AccessList(mode: ModeBits(0o757)).computedMask == [.read, .execute])
    }

    @Test(
        arguments: [
            (AccessList.Tag.owner, false), (.owningGroup, false), (.other, false), (.mask, false), (.user, true),
        ] as [(AccessList.Tag, Bool)])
    func needsTheBaseEntriesAndAMaskForTheNamed(missing: AccessList.Tag, isValid: Bool) {
        #expect(list.isValid)
        #expect(AccessList(list.entries.filter { $0.tag != missing }).isValid == isValid)
    }

    @Test func takesAMaskWithoutNames() {
        var minimal = AccessList(mode: ModeBits(0o750))
        minimal.set(.init(.mask, .all))
        #expect(minimal.isValid)
    }

    @Test func showsNamesIDsAndWhatTheMaskCuts() {
        let text = list.text(
            userName: { $0 == UserID(1) ? "c\u{1b}i" : nil }, groupName: { $0 == GroupID(7) ? "builders" : nil })
        #expect(
            text == "user::rwx,user:c\\x1bi:rwx #effective:rw-,group::r-x #effective:r--,group:builders:-w-,"
                + "mask::rw-,other::--x")
    }
}
