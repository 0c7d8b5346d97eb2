internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

extension CachePlanner {
    /// What the policy wants of an entry, whoever has accepted that it is otherwise.
    func wantedEntry(_ node: NodeState) -> WantedNode { resolved.wantedEntry(node, by: rules) }

    /// What the policy wants of the cache root, whoever has accepted that it is otherwise.
    func wantedRoot(_ node: NodeState) -> WantedNode { resolved.wantedRoot(node, by: rules) }

    /// Returns the rules by which something may be changed in a part of the cache, or, without one, in all of it.
    func enforcedRules(in part: RelativePath? = nil) -> Set<RuleID> {
        rules.subtracting(waivers.accepted(in: part))
    }

    /// Whether findings of a rule are asked for.
    func wants(_ rule: RuleID) -> Bool { rules.contains(rule) }

    /// Whether retention removes or refreshes less than its findings say, because some of them are accepted.
    package var acceptsRetention: Bool { waivers.accepted().contains(where: \.isRetention) }

    /// Returns a rule's findings, those in parts with waivers of their own apart from the others.
    func findings(of rule: any CacheRule.Type, _ context: CacheContext) -> [Finding] {
        guard let id = rule.entryRule, waivers.dividesFindings(of: id), let census = context.observation.census else {
            return rule.findings(context)
        }
        let groups = Dictionary(grouping: census.groups) { waivers.terms(for: id, in: $0.part) }
        return groups.sorted { ($0.key?.path.string ?? "") < ($1.key?.path.string ?? "") }.flatMap { terms, groups in
            rule.findings(context.seeingOnly(groups, withFailures: terms == nil)).map { $0.waived(by: terms) }
        }
    }

    /// What entries of a finding stand below, for people.
    func place(_ waiver: WaiverTerms?) -> FilePath {
        guard let path = waiver?.path, path.starts(with: policy.path) else { return policy.path }
        return path
    }
}

extension CacheContext {
    /// Returns the context of a part of the cache.
    fileprivate func seeingOnly(_ groups: [EntryGroup], withFailures: Bool) -> CacheContext {
        var observation = observation
        observation.census?.groups = groups
        if !withFailures {
            observation.census?.failures = []
            observation.census?.failureCount = 0
        }
        return CacheContext(planner: planner, observation: observation, host: host, names: names)
    }
}
