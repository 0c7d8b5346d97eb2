internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `cache-privileged-member`: somebody whose builds must not run others' code shares a writable cache.
struct PrivilegedMember: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard context.policy.trust != nil else { return [] }
        var found: [String] = []
        var isCertain = false
        for group in context.planner.resolved.writingGroups.sorted(by: { $0.rawValue < $1.rawValue }) {
            for member in context.host.members[group] ?? [] {
                let isRoot = member.id == .root
                guard isRoot || AccountName.isForReleases(member.name) else { continue }
                isCertain = isCertain || isRoot
                found.append("'\(escapedForDisplay(member.name))' in group \(context.names.name(group))")
            }
        }
        guard !found.isEmpty else { return [] }
        return [
            context.planner.finding(
                .cachePrivilegedMember, isCertain ? .manual : .advisory, count: found.count, subject: context.path,
                Difference(
                    wanted: "members whose builds may run each other's code", found: found.joined(separator: ", ")))
        ]
    }
}
