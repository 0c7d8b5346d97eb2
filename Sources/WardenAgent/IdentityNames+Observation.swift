internal import SystemPackage
internal import WardenLinux
internal import WardenModel

extension IdentityNames {
    /// Looks up the names of everybody who occurs in an observation, and of those the policy names.
    init(in observation: CacheObservation, also accounts: AccountTable) {
        self.init()
        add(accounts)
        add(from: observation)
    }

    /// Adds the names that policies use.
    mutating func add(_ accounts: AccountTable) {
        for (name, id) in accounts.users { users[id] = name }
        for (name, id) in accounts.groups { groups[id] = name }
    }

    /// Looks up the names of everybody who occurs in an observation.
    mutating func add(from observation: CacheObservation) {
        if case .present(let root) = observation.root { add(root.node) }
        for group in observation.census?.groups ?? [] { add(group.node) }
        for ancestor in observation.ancestors {
            add(ancestor.owner)
            add(ancestor.group)
            for writer in ancestor.namedWriters { add(writer) }
        }
    }

    private mutating func add(_ node: NodeState) {
        add(node.owner)
        add(node.group)
        for entry in (node.accessList?.entries ?? []) + (node.defaultList?.entries ?? []) { add(entry) }
    }

    private mutating func add(_ entry: AccessList.Entry) {
        if entry.tag == .user { add(UserID(entry.id)) }
        if entry.tag == .group { add(GroupID(entry.id)) }
    }

    private mutating func add(_ user: UserID) {
        guard users[user] == nil, let name = Accounts().name(of: user) else { return }
        users[user] = name
    }

    private mutating func add(_ group: GroupID) {
        guard groups[group] == nil, let name = Accounts().name(of: group) else { return }
        groups[group] = name
    }
}
