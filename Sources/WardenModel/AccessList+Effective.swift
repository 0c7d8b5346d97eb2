/// What a list really grants: `acl(5)`, "Access check algorithm".
extension AccessList {
    /// Returns what an entry of this list grants: its rights, cut by the mask where there is one.
    ///
    /// The mask cuts named users, the owning group and named groups; never the owner or others.
    package func effectiveRights(of entry: Entry) -> Rights {
        guard entry.tag.isMasked, let mask = rights(of: .mask) else { return entry.rights }
        return entry.rights.intersection(mask)
    }

    /// Returns what the entry for `tag` and `id` grants; `nil` where there is none.
    package func effectiveRights(of tag: Tag, id: UInt32 = 0) -> Rights? {
        rights(of: tag, id: id).map { effectiveRights(of: Entry(tag, id: id, $0)) }
    }

    /// The mask that setfacl writes when none is given: the rights of all entries that a mask cuts, together.
    ///
    /// Corresponds to `acl_calc_mask(3)`.
    package var computedMask: Rights {
        entries.reduce(into: Rights()) { if $1.tag.isMasked { $0.formUnion($1.rights) } }
    }

    /// Whether the kernel and `acl_valid(3)` take the list: one entry each for owner, owning group and others, a mask
    /// where somebody is named, and nobody named by an id that does not exist.
    package var isValid: Bool {
        var hasNamed = false
        for entry in entries where entry.tag == .user || entry.tag == .group {
            guard entry.id != Self.invalidID else { return false }
            hasNamed = true
        }
        guard [Tag.owner, .owningGroup, .other].allSatisfy({ rights(of: $0) != nil }) else { return false }
        return !hasNamed || rights(of: .mask) != nil
    }

    /// The mode that `stat(2)` shows once this is a file's access list; its group digit is the mask where there is one.
    ///
    /// - Parameter special: The set-ID and sticky bits (`07000`), of which a list says nothing.
    package func mode(special: UInt16) -> ModeBits {
        ModeBits(
            special: special, owner: rights(of: .owner) ?? [],
            group: rights(of: .mask) ?? rights(of: .owningGroup) ?? [],
            other: rights(of: .other) ?? [])
    }
}

extension AccessList.Tag {
    /// Whether a mask cuts the entries of this kind: POSIX 1003.1e's "file group class".
    package var isMasked: Bool {
        switch self {
        case .user, .owningGroup, .group: true
        case .owner, .mask, .other: false
        }
    }
}

extension NodeState {
    /// The access list that decides: the extended one, or the minimal list that the mode stands for.
    package var accessListInForce: AccessList { accessList ?? AccessList(mode: mode) }
}
