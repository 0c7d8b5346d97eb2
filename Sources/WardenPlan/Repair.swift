internal import WardenModel

/// How one inode gets from its state to the wanted one.
struct Repair: Hashable, Sendable {
    let steps: [ChangeStep]
    let after: NodeState

    /// Returns the repair, or `nil` where nothing differs.
    ///
    /// Ownership first, because chown(2) may clear set-ID bits; then the mode; then the ACLs, which bring the rights
    /// of all classes with them. Before ownership moves, rights that are not to stay are taken away.
    init?(of node: NodeState, to wanted: WantedNode) {
        let after = Self.wantedState(of: node, wanted)
        guard after != node else { return nil }
        var steps: [ChangeStep] = []
        let movesOwnership = after.owner != node.owner || after.group != node.group
        let between = movesOwnership ? Self.modeBetween(node, after) : node.mode
        if movesOwnership {
            if between != node.mode { steps.append(.narrowMode(between)) }
            steps.append(
                .setOwnership(
                    owner: after.owner == node.owner ? nil : after.owner,
                    group: after.group == node.group ? nil : after.group))
        }
        let writesList = after.accessList != node.accessList
        if let mode = Self.modeStep(between, after, writesList: writesList, movesOwnership: movesOwnership) {
            steps.append(.setMode(mode))
        }
        if writesList { steps.append(.setAccessList(after.accessList ?? AccessList(mode: after.mode))) }
        if after.defaultList != node.defaultList {
            steps.append(after.defaultList.map { .setDefaultList($0) } ?? .removeDefaultList)
        }
        self.steps = steps
        self.after = after
    }

    /// Returns how a cache root is made that is not there.
    init(making wanted: WantedNode, as node: NodeState) {
        let after = Self.wantedState(of: node, wanted)
        var steps: [ChangeStep] = [
            .createDirectory, .setOwnership(owner: after.owner, group: after.group), .setMode(after.mode),
        ]
        if let list = after.accessList { steps.append(.setAccessList(list)) }
        if let list = after.defaultList { steps.append(.setDefaultList(list)) }
        self.steps = steps
        self.after = after
    }

    /// Returns the mode to set in place of `now`, or `nil` where the other steps bring it.
    ///
    /// Before a list is written only the special bits are needed, and no right more than both states have: on an
    /// extended list the mode's group digit is the mask, and a wider one would bring back what it hides.
    private static func modeStep(
        _ now: ModeBits, _ after: NodeState, writesList: Bool, movesOwnership: Bool
    ) -> ModeBits? {
        let losesSpecial = movesOwnership && after.mode.special != 0
        if writesList {
            guard after.mode.special != now.special || losesSpecial else { return nil }
            return ModeBits(after.mode.special | (now.rawValue & after.mode.rawValue & 0o777))
        }
        return after.mode != now || losesSpecial ? after.mode : nil
    }

    /// Returns the mode under which ownership moves: without what would give somebody who changes class a right that
    /// they hold neither before nor after.
    ///
    /// Where nobody named speaks for them, the old owner and the old group's members become others, and the new group's
    /// members take over what the old group's had. Everybody else stays in their class.
    private static func modeBetween(_ node: NodeState, _ after: NodeState) -> ModeBits {
        let (old, new) = (node.accessListInForce, after.accessListInForce)
        let movesOwner = after.owner != node.owner
        let movesGroup = after.group != node.group
        let added = new.named.filter { old.rights(of: $0.tag, id: $0.id) == nil }
        let groupRights = old.effectiveRights(of: .owningGroup) ?? []
        /// Whether the old owner had these rights already, where they may be one of those who get them.
        func isOldOwners(_ rights: Rights) -> Bool { !movesOwner || rights.isSubset(of: node.mode.owner) }

        var (owner, group, other) = (node.mode.owner, node.mode.group, node.mode.other)
        if movesOwner {
            owner.formIntersection(after.mode.owner)
            for entry in old.named { group.subtract(old.effectiveRights(of: entry).subtracting(node.mode.owner)) }
        }
        if !isOldOwners(other) || (movesGroup && !other.isSubset(of: groupRights)) {
            other.formIntersection(added.reduce(after.mode.other) { $0.intersection(new.effectiveRights(of: $1)) })
        }
        let newMembersHad = old.named.filter { $0.tag == .group }
            .reduce(node.mode.other) { $0.intersection(old.effectiveRights(of: $1)) }
        if !isOldOwners(groupRights) || (movesGroup && !groupRights.isSubset(of: newMembersHad)) {
            let bound = added.filter { $0.tag == .user }
                .reduce(new.effectiveRights(of: .owningGroup) ?? []) { $0.intersection(new.effectiveRights(of: $1)) }
            group.subtract(groupRights.subtracting(bound))
        }
        return ModeBits(special: node.mode.special, owner: owner, group: group, other: other)
    }

    /// Returns the state of an inode of which all that is wanted holds.
    static func wantedState(of node: NodeState, _ wanted: WantedNode) -> NodeState {
        var after = node
        after.owner = wanted.owner ?? node.owner
        after.group = wanted.group ?? node.group
        if let list = wanted.accessList {
            let repaired = node.accessListInForce.repaired(to: list, match: wanted.match)
            after.accessList = repaired.isExtended ? repaired : nil
            after.mode = repaired.mode(special: (wanted.mode ?? node.mode).special)
        } else if let mode = wanted.mode {
            after.mode = mode
            after.accessList = node.accessList?.changed(by: mode)
        }
        switch wanted.defaultList {
        case .unmanaged: break
        case .none: after.defaultList = nil
        case .list(let list):
            after.defaultList = node.defaultList?.repaired(to: list, match: wanted.match) ?? list
        }
        return after
    }
}

extension AccessList {
    /// The entries for named users and groups.
    fileprivate var named: [Entry] { entries.filter { $0.tag == .user || $0.tag == .group } }

    /// Returns the list after a chmod: the mode's group digit goes to the mask, not to the owning group (`acl(5)`,
    /// "Correspondence between ACL entries and file permission bits").
    fileprivate func changed(by mode: ModeBits) -> AccessList {
        var list = self
        list.set(Entry(.owner, mode.owner))
        list.set(Entry(rights(of: .mask) == nil ? .owningGroup : .mask, mode.group))
        list.set(Entry(.other, mode.other))
        return list
    }
}
