internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `cache-missing`: there is no directory at the cache root's path.
struct CacheMissing: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard case .missing(let parentExists) = context.observation.root else { return [] }
        let difference = Difference(wanted: "a directory", found: "nothing")
        if parentExists, context.policy.create {
            return [
                context.planner.finding(
                    .cacheMissing, .repairable, subject: context.path, difference,
                    remedy: "Run 'cachewarden apply': it makes the directory as the policy says.")
            ]
        }
        let remedy =
            parentExists
            ? "Say 'create: true' for cache '\(context.policy.name)', or make the directory."
            : "Make '\(context.policy.path.removingLastComponent())', owned by root and writable by nobody else."
        return [
            context.planner.finding(.cacheMissing, .manual, subject: context.path, difference, remedy: remedy)
        ]
    }

    /// Returns the change that makes the root.
    static func change(_ context: CacheContext) -> Change? {
        guard case .missing(true) = context.observation.root, context.policy.create,
            let parent = context.observation.ancestors.last
        else { return nil }
        // What mkdirat(2) with 0700 gives; the parent's setgid bit hands its group down.
        let group =
            ModeBits(parent.mode.rawValue).isSetGroupID ? parent.group : context.planner.callerGroup
        let made = NodeState(
            kind: .directory, owner: context.planner.caller, group: group, mode: ModeBits(0o700))
        let repair = Repair(
            making: context.planner.resolved.wantedRoot(made, by: context.planner.enforcedRules()), as: made)
        return Change(
            rules: [.cacheMissing], role: nil, before: nil, steps: repair.steps, after: repair.after,
            subjects: .root(inode: 0))
    }
}
