/// Comparison by effective rights, the only comparison that holds.
///
/// A file that Go makes under a default ACL of `group:builders:rwx` reads `group:builders:rwx #effective:rw-` with
/// `mask::rw-`, where setfacl would have written `rw-`. Both grant the same.
extension AccessList {
    /// One subject of which two lists say different things.
    package struct Difference: Hashable, Sendable {
        package let tag: Tag
        /// The user's or group's id for `.user` and `.group`, else 0.
        package let id: UInt32
        /// The wanted effective rights; `nil` where the subject should have no entry.
        package let wanted: Rights?
        /// The effective rights found; `nil` where the subject has no entry.
        package let found: Rights?

        package init(tag: Tag, id: UInt32, wanted: Rights?, found: Rights?) {
            self.tag = tag
            self.id = id
            self.wanted = wanted
            self.found = found
        }
    }

    /// Whether this list is as good as the wanted one: `differences(from:match:)` is empty.
    ///
    /// The list of a file without an extended one is `AccessList(mode:)`. Where there is an extended one, the group
    /// digit of the file's mode is the mask: never compare that list's `AccessList(mode:)`.
    package func satisfies(_ wanted: AccessList, match: ACLMatch) -> Bool {
        // Nearly every entry of a compliant cache ends here.
        self == wanted || differences(from: wanted, match: match).isEmpty
    }

    /// Returns where this list falls short of the wanted one, in canonical order.
    ///
    /// Subjects (tag and id) and their effective rights are compared; the mask is no subject. `.exact` wants the same
    /// subjects with the same rights, `.atLeast` every wanted subject with the wanted rights or more. A wanted entry
    /// without rights must be there too: it keeps its subject from the rights of a group or of others.
    package func differences(from wanted: AccessList, match: ACLMatch) -> [Difference] {
        var differences: [Difference] = []
        for entry in wanted.entries where entry.tag != .mask {
            let wantedRights = wanted.effectiveRights(of: entry)
            let found = effectiveRights(of: entry.tag, id: entry.id)
            let isGood =
                switch match {
                case .exact: found == wantedRights
                case .atLeast: found?.isSuperset(of: wantedRights) ?? false
                }
            guard !isGood else { continue }
            differences.append(Difference(tag: entry.tag, id: entry.id, wanted: wantedRights, found: found))
        }
        guard match == .exact else { return differences }
        for entry in entries where entry.tag != .mask && wanted.rights(of: entry.tag, id: entry.id) == nil {
            differences.append(
                Difference(tag: entry.tag, id: entry.id, wanted: nil, found: effectiveRights(of: entry)))
        }
        return differences.sorted { ($0.tag, $0.id) < ($1.tag, $1.id) }
    }

    /// Returns the list to write where this one is found and `wanted` is wanted.
    ///
    /// Exactly wanted is `wanted` itself. At least wanted is the union of both, each entry first cut to its effective
    /// rights: the mask of the union is wider, and must not bring back what a narrower one had taken away. Returns this
    /// list unchanged where it already satisfies.
    package func repaired(to wanted: AccessList, match: ACLMatch) -> AccessList {
        guard !satisfies(wanted, match: match) else { return self }
        switch match {
        case .exact: return wanted
        case .atLeast: return cutToEffective().union(wanted.cutToEffective())
        }
    }

    /// Returns the list with each entry's rights as the mask leaves them, and without the mask.
    private func cutToEffective() -> AccessList {
        AccessList(
            entries.filter { $0.tag != .mask }.map { Entry($0.tag, id: $0.id, effectiveRights(of: $0)) })
    }

    /// Returns every entry of two lists without masks, with the rights of both, and a mask where it needs one.
    private func union(_ other: AccessList) -> AccessList {
        var list = self
        for entry in other.entries {
            list.set(Entry(entry.tag, id: entry.id, entry.rights.union(rights(of: entry.tag, id: entry.id) ?? [])))
        }
        if list.isExtended { list.set(Entry(.mask, list.computedMask)) }
        return list
    }
}
