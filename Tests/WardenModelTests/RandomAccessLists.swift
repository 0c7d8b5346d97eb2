import WardenModel
import WardenTestSupport

/// Lists and rules for properties. Few ids, so that two lists often speak of the same subjects.
extension SeededGenerator {
    mutating func rights() -> Rights { Rights(rawValue: UInt8.random(in: 0...7, using: &self)) }

    mutating func mode() -> ModeBits { ModeBits(UInt16.random(in: 0...0o7777, using: &self)) }

    mutating func id() -> UInt32 { [0, 1, 1000, 1001, 4_294_967_294].randomElement(using: &self) ?? 0 }

    /// Returns a valid list: minimal, with a mask alone, or extended.
    mutating func accessList() -> AccessList {
        var list = AccessList(mode: mode())
        for _ in 0..<Int.random(in: 0...4, using: &self) {
            let tag: AccessList.Tag = Bool.random(using: &self) ? .user : .group
            list.set(AccessList.Entry(tag, id: id(), rights()))
        }
        if list.isExtended || Int.random(in: 0..<4, using: &self) == 0 {
            list.set(AccessList.Entry(.mask, rights()))
        }
        return list
    }

    mutating func rules() -> [ResolvedACLRule] {
        let tags: [AccessList.Tag] = [.user, .user, .group, .group, .owner, .owningGroup, .other, .mask]
        return (0..<Int.random(in: 0...5, using: &self)).map { _ in
            ResolvedACLRule(
                tag: tags.randomElement(using: &self) ?? .other, id: id(), rights: rights(),
                executesConditionally: Bool.random(using: &self))
        }
    }

    mutating func target() -> ACLTarget {
        [ACLTarget.directory, .executableFile, .plainFile, .defaultList].randomElement(using: &self) ?? .directory
    }
}
