internal import WardenModel
internal import WardenPolicy

/// `host-sticky-unprotected`: in sticky directories that others may write to, the kernel does not guard whoever opens a
/// name that a stranger made.
///
/// The kernel's two protections hold in sticky directories alone (`proc_sys_fs(5)`), so they are asked for where a cache
/// has such directories. The agent itself does not depend on them: it follows no link.
struct HostStickyUnprotected: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        let off = [
            context.host.protectsSymbolicLinks == false ? "fs.protected_symlinks" : nil,
            context.host.protectsRegularFiles == false ? "fs.protected_regular" : nil,
        ].compactMap(\.self)
        guard !off.isEmpty, hasStickyDirectories(context) else { return [] }
        return [
            context.planner.finding(
                .hostStickyUnprotected, .advisory, subject: context.path,
                Difference(
                    wanted: off.map { $0 + " = 1" }.joined(separator: ", "),
                    found: off.map { _ in "0" }.joined(separator: ", ")))
        ]
    }

    private static func hasStickyDirectories(_ context: CacheContext) -> Bool {
        if case .present(let root) = context.observation.root, root.node.mode.isSticky { return true }
        return context.policy.mode?.isSticky == true || context.policy.entries.directories?.isSticky == true
    }
}
