package import SystemPackage
package import WardenModel
package import WardenPolicy

/// Compares one cache with its policy: pure, looks at nothing but its arguments.
package struct CachePlanner: Sendable {
    /// What the plan is for, which decides how many names an observation must keep.
    package enum Purpose: Sendable {
        /// Findings with a few examples.
        case report
        /// Changes with every name.
        case changes
    }

    let resolved: ResolvedCachePolicy
    let mode: CachePlan.Mode
    /// Who runs the agent: root may repair everything, everybody else their own.
    let caller: UserID
    /// What a directory gets that the caller makes, where its parent's setgid bit does not say otherwise.
    let callerGroup: GroupID
    private let purpose: Purpose
    /// Those whose findings are asked for.
    let rules: Set<RuleID>
    let waivers: CacheWaivers

    var policy: CachePolicy { resolved.policy }
    /// Whether somebody may carry out what is planned.
    var isChanging: Bool { purpose == .changes && mode == .enforce }

    /// The groups whose members a host's observation has to name.
    package var writingGroups: Set<GroupID> { resolved.writingGroups }

    /// Throws for a user or group that this host does not know.
    ///
    /// - Parameters:
    ///   - only: Rules to look for; empty for all.
    ///   - waivers: What is accepted in this cache: reported as such, and left as it is.
    package init(
        policy: CachePolicy, mode: CachePlan.Mode, accounts: AccountTable, caller: UserID,
        callerGroup: GroupID, purpose: Purpose, only: Set<RuleID> = [],
        waivers: CacheWaivers = .none
    ) throws(UnknownAccount) {
        resolved = try ResolvedCachePolicy(policy, accounts: accounts)
        rules = only.isEmpty ? Set(RuleID.allCases) : only
        self.waivers = waivers
        self.mode = mode
        self.caller = caller
        self.callerGroup = callerGroup
        self.purpose = purpose
    }

    /// Whether the observation has to know the ACLs of entries: not where only rules are asked for that never look at
    /// them. The cache root's own are always read.
    package var accessListDemand: AccessListDemand {
        let lookers = [RuleID.cacheUntrustedSharing, .entryRefused] + NodeRules.all.map { $0.entryID }
        return rules.isDisjoint(with: lookers) ? .none : .all
    }

    /// Returns whose names the observation must keep.
    package func demand(_ role: EntryRole, _ node: NodeState, _ refusal: Refusal?) -> NameDemand {
        guard role.isGoverned, self.refusal(role, node, refusal) == nil else { return .examples }
        if Repair(of: node, to: wantedEntry(node)) != nil {
            return purpose == .changes ? .all : .examples
        }
        return UntrustedSharing.finds(node, in: policy) ? .examples : .none
    }

    /// Whether the cache root is not what the policy wants it to be.
    package func isConspicuous(root node: NodeState) -> Bool { Repair(of: node, to: wantedRoot(node)) != nil }

    /// Returns the findings and the ordered changes for what was observed.
    ///
    /// - Parameter retention: What retention chose and needs to know; `nil` where nobody looked.
    package func plan(
        _ observation: CacheObservation, names: IdentityNames, host: HostObservation = .unknown,
        retention input: RetentionInput? = nil
    ) -> CachePlan {
        let context = CacheContext(planner: self, observation: observation, host: host, names: names)
        let blocking = blocking(observation, host, names)
        guard blocking.isEmpty else { return plan(observation, nil, blocking, []) }
        guard case .present(let root) = observation.root, let census = observation.census else {
            return plan(
                observation, nil, CacheRules.missing.flatMap { $0.findings(context) },
                CacheMissing.change(context).map { [$0] } ?? [])
        }
        let cacheFindings = CacheRules.present.flatMap { self.findings(of: $0, context) }
        let rootFindings = rootFindings(root.node, names)
        var findings = cacheFindings + rootFindings + entryFindings(census, names)
        var retention: RetentionPlan?
        var limits: [LimitUsage] = []
        if let input,
            let context = RetentionContext(
                self, observation, input.builds, keeping: input.keeping, compiled: input.compiled)
        {
            findings += retentionFindings(context, input)
            let changing = RetentionContext(
                self, observation, input.builds, keeping: input.keeping, compiled: input.compiled,
                by: enforcedRules())
            retention = purpose == .changes ? changing.flatMap { retentionPlan($0, input) } : nil
            limits = context.usages
        }
        findings += ModcacheDamaged(self, observation, input).findings()
        // What goes needs no repair.
        let gone = Set(retention?.evictions.inodes ?? [])
        return plan(
            observation, root.identity, findings, changes(root, census, rootFindings, without: gone), retention, limits)
    }

    /// Returns the findings that end the matter: the agent does not go near the cache, or changes nothing in it.
    package func blocking(
        _ observation: CacheObservation, _ host: HostObservation, _ names: IdentityNames = IdentityNames()
    ) -> [Finding] {
        let context = CacheContext(planner: self, observation: observation, host: host, names: names)
        return CacheRules.blocking.flatMap { $0.findings(context) }.filter { $0.disposition == .blocking }
    }

    /// Returns why an inode is not touched: what was observed, or a file of root's among those of members.
    func refusal(_ role: EntryRole, _ node: NodeState, _ observed: Refusal?) -> Refusal? {
        if let observed { return observed }
        // A member may have moved somebody's private file in here, where a repair would open it to the group. Root's
        // own files in a cache of root's alone are no such thing.
        let isShared = policy.trust != nil || policy.acl != nil
        guard isShared, role.isGoverned, node.kind == .file, node.owner == .root else { return nil }
        let wanted = wantedEntry(node)
        guard wanted.owner == nil, Repair(of: node, to: wanted) != nil else { return nil }
        return .rootOwned
    }

    private func plan(
        _ observation: CacheObservation, _ root: InodeIdentity?, _ findings: [Finding], _ changes: [Change],
        _ retention: RetentionPlan? = nil, _ limits: [LimitUsage] = []
    ) -> CachePlan {
        // What blocks is never left out: it is the reason why nothing else is there.
        let kept = findings.filter { rules.contains($0.rule) || $0.disposition == .blocking }
            .map { $0.waiver == nil ? $0.waived(by: waivers.terms(for: $0.rule)) : $0 }
        return CachePlan(
            name: policy.name, path: policy.path, mode: mode, root: root, findings: kept,
            changes: root == nil && !kept.contains(where: \.isDrift) ? [] : changes, retention: retention,
            limits: limits)
    }

    private func rootFindings(_ node: NodeState, _ names: IdentityNames) -> [Finding] {
        let wanted = wantedRoot(node)
        return NodeRules.all.compactMap { rule in
            guard let difference = rule.difference(node, wanted, names) else { return nil }
            return finding(rule.rootID, .repairable, subject: policy.path.description, difference)
        }
    }

    private func entryFindings(_ census: Census, _ names: IdentityNames) -> [Finding] {
        NodeRules.all.flatMap { rule -> [Finding] in
            var tallies: [Tally.Key: Tally] = [:]
            for group in census.groups where group.role.isGoverned {
                guard refusal(group.role, group.node, group.refusal) == nil else { continue }
                guard let difference = rule.difference(group.node, wantedEntry(group.node), names) else { continue }
                let key = Tally.Key(
                    isDirectory: group.node.kind == .directory, wanted: difference.wanted,
                    waiver: waivers.terms(for: rule.entryID, in: group.part))
                tallies[key, default: Tally()].add(group, found: difference.found)
            }
            return tallies.sorted { $0.key < $1.key }.map { key, tally in
                finding(
                    rule.entryID, .repairable, count: tally.count,
                    subject: "\(key.isDirectory ? "directories" : "files") below \(place(key.waiver))",
                    Difference(wanted: key.wanted, found: tally.found), examples: tally.examples
                ).waived(by: key.waiver)
            }
        }
    }

    /// Returns files first, then directories from the deepest up, the root last: nobody gets a way in before what is
    /// behind it is right (threat-model.md, TH6).
    private func changes(
        _ root: PresentRoot, _ census: Census, _ rootFindings: [Finding], without gone: Set<UInt64>
    ) -> [Change] {
        guard purpose == .changes else { return [] }
        var changes: [(depth: Int, change: Change)] = []
        for group in census.groups where group.role.isGoverned {
            guard refusal(group.role, group.node, group.refusal) == nil else { continue }
            let wanted = resolved.wantedEntry(group.node, by: enforcedRules(in: group.part))
            guard let repair = Repair(of: group.node, to: wanted) else { continue }
            let rules = NodeRules.all.filter { $0.difference(group.node, wanted, IdentityNames()) != nil }
            for (depth, subjects) in group.subjects.without(gone).byDepth {
                changes.append(
                    (
                        group.node.kind == .directory ? depth : .max,
                        Change(
                            rules: rules.map { $0.entryID }, role: group.role, before: group.node, steps: repair.steps,
                            after: repair.after, subjects: subjects)
                    ))
            }
        }
        var ordered = changes.sorted { $0.depth > $1.depth }.map(\.change)
        let enforced = enforcedRules()
        if let repair = Repair(of: root.node, to: resolved.wantedRoot(root.node, by: enforced)) {
            ordered.append(
                Change(
                    rules: rootFindings.map(\.rule).filter(enforced.contains), role: nil, before: root.node,
                    steps: repair.steps,
                    after: repair.after, subjects: .root(inode: root.identity.inode)))
        }
        return ordered
    }

    func finding(
        _ rule: RuleID, _ disposition: Finding.Disposition, count: Int = 1, subject: String,
        _ difference: Difference, remedy: String? = nil, examples: [Finding.Example] = []
    ) -> Finding {
        let reference = RuleReference.of(rule)
        return Finding(
            rule: rule, severity: reference.severity, disposition: disposition, cache: policy.name, subject: subject,
            count: count, wanted: difference.wanted, found: difference.found, remedy: remedy ?? reference.remedy,
            examples: examples, place: policy.path)
    }
}

/// Entries that differ from the policy in the same way, whatever each of them looks like.
struct Tally {
    struct Key: Hashable, Comparable {
        let isDirectory: Bool
        let wanted: String
        /// What is accepted is told apart from what is not.
        let waiver: WaiverTerms?

        static func < (left: Key, right: Key) -> Bool {
            if left.isDirectory != right.isDirectory { return left.isDirectory }
            return (left.wanted, left.waiver?.path.string ?? "") < (right.wanted, right.waiver?.path.string ?? "")
        }
    }

    private(set) var count = 0
    private var counts: [String: Int] = [:]
    private var candidates: [Finding.Example] = []

    mutating func add(_ group: EntryGroup, found: String) {
        count += group.count
        counts[found, default: 0] += group.count
        candidates += group.subjects.paths(Finding.exampleLimit).map { Finding.Example(path: $0, found: found) }
    }

    /// The three most common, most first, and how many others there are.
    var found: String {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard sorted.count > 1 else { return sorted.first?.key ?? "" }
        let shown = sorted.prefix(3).map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
        return sorted.count > 3 ? "\(shown) and \(sorted.count - 3) others" : shown
    }

    var examples: [Finding.Example] {
        Array(candidates.sorted { $0.path < $1.path }.prefix(Finding.exampleLimit))
    }
}

extension SubjectList {
    /// The one-subject list that stands for a cache root itself.
    static func root(inode: UInt64) -> SubjectList {
        var chunk = Chunk(directory: .root)
        chunk.append(name: [UInt8]().span, inode: inode)
        return SubjectList([chunk])
    }

    /// The subjects apart by how deep they stand.
    var byDepth: [(depth: Int, subjects: SubjectList)] {
        Dictionary(grouping: chunks) { $0.directory.depth }.sorted { $0.key > $1.key }
            .map { ($0.key, SubjectList($0.value)) }
    }
}
