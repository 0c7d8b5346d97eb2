/// A POSIX.1e access control list with ids in place of names: an access ACL or a directory's default ACL.
///
/// Entries are kept in the kernel's canonical order (`user::`, named users by id, `group::`, named groups by id,
/// `mask::`, `other::`), each tag and id at most once, so that equal lists are equal values. See `acl(5)`.
package struct AccessList: Hashable, Sendable, Codable {
    /// Whom an entry speaks of. The raw values are the kernel's order, not its numbers.
    package enum Tag: UInt8, Hashable, Comparable, Sendable, Codable {
        case owner, user, owningGroup, group, mask, other

        package static func < (left: Tag, right: Tag) -> Bool { left.rawValue < right.rawValue }
    }

    package struct Entry: Hashable, Sendable, Codable {
        package let tag: Tag
        /// The user's or group's id for `.user` and `.group`; 0 for every other tag.
        package let id: UInt32
        package var rights: Rights

        package init(_ tag: Tag, id: UInt32 = 0, _ rights: Rights) {
            self.tag = tag
            self.id = tag == .user || tag == .group ? id : 0
            self.rights = rights
        }
    }

    package private(set) var entries: [Entry]

    /// Returns a list of these entries in canonical order; of two entries for one subject the later wins.
    package init(_ entries: [Entry]) {
        self.entries = []
        for entry in entries { self.set(entry) }
    }

    /// Returns the minimal list that a mode stands for: `user::`, `group::`, `other::`.
    package init(mode: ModeBits) {
        entries = [Entry(.owner, mode.owner), Entry(.owningGroup, mode.group), Entry(.other, mode.other)]
    }

    /// Adds an entry, or replaces the one with the same tag and id.
    package mutating func set(_ entry: Entry) {
        let position = entries.firstIndex { ($0.tag, $0.id) >= (entry.tag, entry.id) } ?? entries.endIndex
        if position < entries.endIndex, (entries[position].tag, entries[position].id) == (entry.tag, entry.id) {
            entries[position] = entry
        } else {
            entries.insert(entry, at: position)
        }
    }

    /// Returns the rights written in the entry for `tag` and `id`, before the mask; `nil` where there is none.
    package func rights(of tag: Tag, id: UInt32 = 0) -> Rights? {
        entries.first { $0.tag == tag && $0.id == id }?.rights
    }

    /// Whether the list says more than a mode could.
    package var isExtended: Bool { entries.contains { $0.tag == .user || $0.tag == .group || $0.tag == .mask } }
}
