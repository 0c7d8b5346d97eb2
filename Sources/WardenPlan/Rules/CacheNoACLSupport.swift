internal import WardenModel
internal import WardenPolicy

/// `cache-no-acl-support`: the policy wants an ACL and the file system cannot store one.
struct CacheNoACLSupport: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard context.policy.acl != nil, case .present(let root) = context.observation.root,
            !root.fileSystem.supportsACLs
        else { return [] }
        return [
            context.planner.finding(
                .cacheNoACLSupport, .blocking, subject: context.path,
                Difference(
                    wanted: "a file system with POSIX ACLs", found: "\(root.fileSystem.type) without POSIX ACLs"))
        ]
    }
}
