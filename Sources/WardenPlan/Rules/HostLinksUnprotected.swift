internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `host-links-unprotected`: members can give anybody's file a second name in the cache, where a repair would open it.
///
/// A file with two names is refused. Between the look and the change its first name can go, if the kernel lets users link
/// what they may not write: then nothing is changed at all (threat-model.md, TH4).
struct HostLinksUnprotected: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard context.host.protectsHardLinks == false, isShared(context) else { return [] }
        return [
            context.planner.finding(
                .hostLinksUnprotected, context.planner.isChanging ? .blocking : .manual, subject: context.path,
                Difference(wanted: "fs.protected_hardlinks = 1", found: "0"))
        ]
    }

    /// Whether somebody else than who runs the agent may make names in the cache.
    private static func isShared(_ context: CacheContext) -> Bool {
        guard case .present(let root) = context.observation.root else { return false }
        return context.policy.trust != nil || context.policy.acl != nil || root.node.owner != context.planner.caller
    }
}
