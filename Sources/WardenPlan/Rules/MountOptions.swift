internal import WardenModel
internal import WardenPolicy

/// `cache-mount-options`: the mount forbids what builds need, or allows what no cache needs.
struct MountOptions: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard case .present(let root) = context.observation.root else { return [] }
        let found = root.fileSystem.restrictions
        var findings: [Finding] = []
        if context.policy.layout == .goBuild, found.contains(.noExecution) {
            findings.append(
                finding(
                    context, Difference(wanted: "a mount without noexec", found: "noexec"),
                    remedy:
                        "mount it without 'noexec': since Go 1.24 'go run' and 'go tool' execute what they have cached")
            )
        }
        // A private cache gives its user nothing that a home directory does not, and who shares a file system with the
        // whole host has chosen its options for the host.
        let missing = [MountRestriction.noSetID, .noDevices].filter { !found.contains($0) }.map(\.rawValue)
        if context.policy.trust != nil, root.fileSystem.isOwnMount, !missing.isEmpty {
            findings.append(
                finding(
                    context,
                    Difference(
                        wanted: "a mount with nosuid,nodev", found: "one without " + missing.joined(separator: ",")),
                    remedy: "add 'nosuid,nodev' to the mount's options: no cache needs set-ID files or devices"))
        }
        return findings
    }

    private static func finding(_ context: CacheContext, _ difference: Difference, remedy: String) -> Finding {
        context.planner.finding(.cacheMountOptions, .advisory, subject: context.path, difference, remedy: remedy)
    }
}
