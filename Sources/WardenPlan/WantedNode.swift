internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// What a policy wants of one inode; `nil` is not looked at and not changed.
struct WantedNode: Hashable, Sendable {
    enum DefaultList: Hashable, Sendable {
        case unmanaged
        case none
        case list(AccessList)
    }

    var owner: UserID?
    var group: GroupID?
    var mode: ModeBits?
    /// The list to write where the present one does not satisfy.
    var accessList: AccessList?
    var defaultList = DefaultList.unmanaged
    var match = ACLMatch.exact
}

/// A cache policy with ids in place of names, ready to be asked about any inode.
struct ResolvedCachePolicy: Sendable {
    let policy: CachePolicy
    private let owner: UserID?
    private let group: GroupID?
    private let entryOwner: UserID?
    private let rules: [ResolvedACLRule]?
    private let defaultRules: [ResolvedACLRule]?

    init(_ policy: CachePolicy, accounts: AccountTable) throws(UnknownAccount) {
        self.policy = policy
        owner = try accounts.user(policy.owner)
        group = try accounts.group(policy.group)
        entryOwner = try accounts.user(policy.entries.owner)
        rules = try policy.acl.map { acl throws(UnknownAccount) in
            try AccessList.resolved(acl.entries, accounts: accounts)
        }
        switch policy.acl?.defaultList {
        case .list(let own): defaultRules = try AccessList.resolved(own, accounts: accounts)
        case .same: defaultRules = rules
        case nil, .some(.none): defaultRules = nil
        }
    }

    /// The groups whose members may write, by the policy's own words.
    var writingGroups: Set<GroupID> {
        var groups: Set<GroupID> = []
        let modes = [policy.mode, policy.entries.directories, policy.entries.files].compactMap { $0 }
        if let group, modes.contains(where: { $0.group.contains(.write) }) { groups.insert(group) }
        for rule in (rules ?? []) + (defaultRules ?? []) where rule.rights.contains(.write) {
            if rule.tag == .group { groups.insert(GroupID(rule.id)) }
            if rule.tag == .owningGroup, let group { groups.insert(group) }
        }
        return groups
    }

    /// Returns what is wanted of the cache root, as far as these rules would find it.
    func wantedRoot(_ node: NodeState, by rules: Set<RuleID>) -> WantedNode {
        wanted(node, owner: owner, mode: policy.mode, target: .directory).limited(to: rules, of: node) { $0.rootID }
    }

    /// Returns what is wanted of an inode below the root, as far as these rules would find it.
    ///
    /// An executable keeps execute for everyone who may read it; that is what Go made it with, less the umask.
    func wantedEntry(_ node: NodeState, by rules: Set<RuleID>) -> WantedNode {
        wantedBelow(node).limited(to: rules, of: node) { $0.entryID }
    }

    private func wantedBelow(_ node: NodeState) -> WantedNode {
        guard node.kind != .directory else {
            return wanted(node, owner: entryOwner, mode: policy.entries.directories, target: .directory)
        }
        let plain = wanted(node, owner: entryOwner, mode: policy.entries.files, target: .plainFile)
        func makesExecutable(_ wanted: WantedNode) -> Bool {
            Repair.wantedState(of: node, wanted).mode.owner.contains(.execute)
        }
        guard node.mode.owner.contains(.execute) || makesExecutable(plain) else { return plain }
        let mode = policy.entries.files.map { mode in
            ModeBits(
                special: mode.special, owner: mode.owner.executableWhereReadable,
                group: mode.group.executableWhereReadable, other: mode.other.executableWhereReadable)
        }
        let executable = wanted(node, owner: entryOwner, mode: mode, target: .executableFile)
        // A policy may take execute from the owner: then it is no executable for anybody else either.
        return makesExecutable(executable) ? executable : plain
    }

    private func wanted(_ node: NodeState, owner: UserID?, mode: ModeBits?, target: ACLTarget) -> WantedNode {
        var wanted = WantedNode(owner: owner, group: group, mode: mode)
        guard let rules, let acl = policy.acl else { return wanted }
        wanted.match = acl.match
        let base = mode ?? node.minimalMode
        wanted.accessList = AccessList.wanted(mode: base, rules: rules, for: target)
        guard node.kind == .directory else { return wanted }
        // Without a mode the directory's own rights count, as they are once its ACL is right.
        let own = mode ?? Repair.wantedState(of: node, wanted).minimalMode
        wanted.defaultList =
            defaultRules.map { .list(AccessList.wanted(mode: own, rules: $0, for: .defaultList)) } ?? .none
        return wanted
    }
}

extension WantedNode {
    /// Returns what is left when only these rules count; `id` picks the root's or the entries' id of a rule.
    ///
    /// A mode and a list share the rights of owner and others; those are the mode rule's, the rest is the list's.
    fileprivate func limited(
        to rules: Set<RuleID>, of node: NodeState, id: (any NodeRule.Type) -> RuleID
    ) -> WantedNode {
        guard NodeRules.all.contains(where: { !rules.contains(id($0)) }) else { return self }
        var limited = self
        if let mode, let list = accessList {
            let found = node.mode
            var owner = list.rights(of: .owner) ?? mode.owner
            var other = list.rights(of: .other) ?? mode.other
            if match == .atLeast { (owner, other) = (owner.union(found.owner), other.union(found.other)) }
            if !rules.contains(id(AccessListRule.self)) {
                limited.mode = ModeBits(special: mode.special, owner: owner, group: found.group, other: other)
            }
            if !rules.contains(id(ModeRule.self)) {
                limited.accessList?.set(.init(.owner, found.owner))
                limited.accessList?.set(.init(.other, found.other))
            }
        }
        if !rules.contains(id(OwnerRule.self)) { limited.owner = nil }
        if !rules.contains(id(GroupRule.self)) { limited.group = nil }
        if !rules.contains(id(ModeRule.self)) { limited.mode = nil }
        if !rules.contains(id(AccessListRule.self)) { limited.accessList = nil }
        if !rules.contains(id(DefaultListRule.self)) { limited.defaultList = .unmanaged }
        return limited
    }
}

extension Rights {
    fileprivate var executableWhereReadable: Rights { contains(.read) ? union(.execute) : self }
}

extension NodeState {
    /// The mode that the entries for owner, owning group and others stand for: without the mask, which `mode` shows
    /// in place of the group's rights where there is an extended list.
    fileprivate var minimalMode: ModeBits {
        guard let accessList else { return mode }
        return ModeBits(
            special: mode.special, owner: mode.owner,
            group: accessList.effectiveRights(of: .owningGroup) ?? mode.group, other: mode.other)
    }
}

extension AccountTable {
    fileprivate func user(_ name: String?) throws(UnknownAccount) -> UserID? {
        guard let name else { return nil }
        return UserID(try id(.user, name))
    }

    fileprivate func group(_ name: String?) throws(UnknownAccount) -> GroupID? {
        guard let name else { return nil }
        return GroupID(try id(.group, name))
    }

    /// Resolves a bare name by the same rules as an ACL entry's.
    private func id(_ tag: AccessList.Tag, _ name: String) throws(UnknownAccount) -> UInt32 {
        let qualifier = UInt32(name).map { ACLRule.Qualifier.id($0) } ?? .name(name)
        let rule = ACLRule(tag: tag, qualifier: qualifier, rights: [], executesConditionally: false)
        return try rule.resolved(accounts: self).id
    }
}
