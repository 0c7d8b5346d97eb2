internal import SystemPackage

/// What the kernel answers to one request for rights on one inode, and what decided.
package struct AccessDecision: Hashable, Sendable {
    package enum Basis: Hashable, Sendable {
        /// Root passes over permissions (`CAP_DAC_OVERRIDE`).
        case privilege
        /// Not even root executes a file that nobody may execute.
        case nobodyExecutes
        /// The one entry that speaks of the subject, or `other::` where none does.
        case entry(AccessList.Entry)
        /// An entry that would grant it, cut by the mask.
        case cut(AccessList.Entry, mask: Rights)
        /// Several groups of the subject's have entries, and no single one grants all that is wanted.
        case noSingleGroup([AccessList.Entry])
    }

    package let isGranted: Bool
    package let basis: Basis
}

extension NodeState {
    /// Decides whether a subject gets all of these rights together.
    ///
    /// As `acl(5)`, "Access check algorithm", and the kernel's `acl_permission_check` (fs/namei.c) and
    /// `posix_acl_permission` (fs/posix_acl.c) have it, which differ from the manual in one point: while the mode's group
    /// digit, which is the mask, is 0, the list is not looked at at all. A named user then is one of the others.
    package func decision(for subject: AccessSubject, wanting rights: Rights) -> AccessDecision {
        let decision = decisionOfEntries(for: subject, wanting: rights)
        guard !decision.isGranted, subject.isRoot else { return decision }
        let isExecution = kind != .directory && rights.contains(.execute)
        return isExecution && !mode.isExecutableByAnyone
            ? AccessDecision(isGranted: false, basis: .nobodyExecutes)
            : AccessDecision(isGranted: true, basis: .privilege)
    }

    private func decisionOfEntries(for subject: AccessSubject, wanting rights: Rights) -> AccessDecision {
        func answer(_ entry: AccessList.Entry) -> AccessDecision {
            AccessDecision(isGranted: entry.rights.isSuperset(of: rights), basis: .entry(entry))
        }
        let list = accessListInForce
        if subject.user == owner { return answer(.init(.owner, mode.owner)) }
        guard !mode.group.isEmpty else {
            return subject.groups.contains(group)
                ? answer(.init(accessList == nil ? .owningGroup : .mask, [])) : answer(.init(.other, mode.other))
        }
        let mask = list.rights(of: .mask)
        func answer(masked entry: AccessList.Entry) -> AccessDecision {
            guard entry.rights.isSuperset(of: rights), let mask, !mask.isSuperset(of: rights) else {
                return answer(entry)
            }
            return AccessDecision(isGranted: false, basis: .cut(entry, mask: mask))
        }
        if let user = subject.user, let named = list.rights(of: .user, id: user.rawValue) {
            return answer(masked: .init(.user, id: user.rawValue, named))
        }
        let groups = list.entries.filter { entry in
            switch entry.tag {
            case .owningGroup: subject.groups.contains(group)
            case .group: subject.groups.contains(GroupID(entry.id))
            case .owner, .user, .mask, .other: false
            }
        }
        guard let first = groups.first else { return answer(.init(.other, mode.other)) }
        if let granting = groups.first(where: { $0.rights.isSuperset(of: rights) }) { return answer(masked: granting) }
        return groups.count == 1
            ? answer(first) : AccessDecision(isGranted: false, basis: .noSingleGroup(groups))
    }
}
