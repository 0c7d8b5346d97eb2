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
        if movesOwnership {
            if Self.mustNarrow(node, after) {
                steps.append(.narrowMode(ModeBits(node.mode.rawValue & after.mode.rawValue)))
            }
            steps.append(
                .setOwnership(
                    owner: after.owner == node.owner ? nil : after.owner,
                    group: after.group == node.group ? nil : after.group))
        }
        let writesList = after.accessList != node.accessList
        if let mode = Self.modeStep(node, after, writesList: writesList, movesOwnership: movesOwnership) {
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

    /// Returns the mode to set, or `nil` where the other steps bring it.
    ///
    /// Before a list is written only the special bits are needed, and no right more than both states have: on an
    /// extended list the mode's group digit is the mask, and a wider one would bring back what it hides.
    private static func modeStep(
        _ node: NodeState, _ after: NodeState, writesList: Bool, movesOwnership: Bool
    ) -> ModeBits? {
        let losesSpecial = movesOwnership && after.mode.special != 0
        if writesList {
            guard after.mode.special != node.mode.special || losesSpecial else { return nil }
            return ModeBits(after.mode.special | (node.mode.rawValue & after.mode.rawValue & 0o777))
        }
        let isNarrowed = movesOwnership && mustNarrow(node, after)
        return after.mode != node.mode || losesSpecial || isNarrowed ? after.mode : nil
    }

    /// Whether somebody would hold a right between the change of ownership and the end that they hold neither before
    /// nor after: the new owner or group one of their predecessor's, or a predecessor one of a wider class.
    private static func mustNarrow(_ node: NodeState, _ after: NodeState) -> Bool {
        let mode = node.mode
        guard node.accessList == nil, mode.other.isSubset(of: mode.group), mode.group.isSubset(of: mode.owner) else {
            return mode.rawValue & ~after.mode.rawValue != 0
        }
        if node.owner != after.owner, !mode.owner.isSubset(of: after.mode.owner) { return true }
        let groupAfter = after.accessListInForce.effectiveRights(of: .owningGroup) ?? []
        // Others had their rights before: a member of the new group keeps at least these.
        return node.group != after.group && !mode.group.isSubset(of: groupAfter.union(mode.other))
    }

    private static func wantedState(of node: NodeState, _ wanted: WantedNode) -> NodeState {
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
