internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `cache-untrusted-sharing`: somebody may write here whom the policy does not trust.
///
/// Go checks an output's size, not its content: whoever writes to a cache runs code in everybody's builds.
struct UntrustedSharing: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard case .present(let root) = context.observation.root, let census = context.observation.census else {
            return []
        }
        let (planner, resolved) = (context.planner, context.planner.resolved)
        var writers: [String: (count: Int, examples: [Finding.Example])] = [:]
        func add(_ node: NodeState, after: NodeState, count: Int, examples: [RelativePath]) {
            // What a repair takes away is the repair's finding, not this one's.
            guard finds(after, in: context.policy), let writer = writer(after, context) else { return }
            writers[writer, default: (0, [])].count += count
            writers[writer]?.examples += examples.map { Finding.Example(path: $0, found: "mode \(node.mode)") }
        }
        add(
            root.node, after: after(root.node, resolved.wantedRoot(root.node, by: planner.enforcedRules())), count: 1,
            examples: [.root])
        for group in census.groups where group.role.isGoverned && group.refusal == nil {
            let wanted = resolved.wantedEntry(group.node, by: planner.enforcedRules(in: group.part))
            let after = after(group.node, wanted)
            add(group.node, after: after, count: group.count, examples: group.subjects.paths(Finding.exampleLimit))
        }
        return writers.sorted { $0.key < $1.key }.map { writer, tally in
            context.planner.finding(
                .cacheUntrustedSharing, .manual, count: tally.count, subject: context.path,
                Difference(wanted: "writable by its owner alone, or 'trust: mutual'", found: "writable by \(writer)"),
                examples: Array(tally.examples.sorted { $0.path < $1.path }.prefix(Finding.exampleLimit)))
        }
    }

    /// Whether somebody but the owner may write to an inode in this state, and the policy does not say that they may.
    static func finds(_ node: NodeState, in policy: CachePolicy) -> Bool {
        let list = node.accessListInForce
        if list.effectiveRights(of: .other)?.contains(.write) == true { return true }
        guard policy.trust != .mutual else { return false }
        // A user's private group has the user's number and no other member.
        let isPrivate = node.group.rawValue == node.owner.rawValue
        return list.entries.contains { entry in
            switch entry.tag {
            case .owningGroup: !isPrivate && list.effectiveRights(of: entry).contains(.write)
            case .user: entry.id != node.owner.rawValue && list.effectiveRights(of: entry).contains(.write)
            case .group: list.effectiveRights(of: entry).contains(.write)
            case .owner, .mask, .other: false
            }
        }
    }

    private static func after(_ node: NodeState, _ wanted: WantedNode) -> NodeState {
        Repair(of: node, to: wanted)?.after ?? node
    }

    /// Returns the first of those who may write, for people.
    private static func writer(_ node: NodeState, _ context: CacheContext) -> String? {
        let list = node.accessListInForce
        if list.effectiveRights(of: .other)?.contains(.write) == true { return "everybody" }
        for entry in list.entries where list.effectiveRights(of: entry).contains(.write) {
            switch entry.tag {
            case .owningGroup: return "group \(context.names.name(node.group))"
            case .group: return "group \(context.names.name(GroupID(entry.id)))"
            case .user where entry.id != node.owner.rawValue:
                return "user \(context.names.name(UserID(entry.id)))"
            case .user, .owner, .mask, .other: continue
            }
        }
        return nil
    }
}
