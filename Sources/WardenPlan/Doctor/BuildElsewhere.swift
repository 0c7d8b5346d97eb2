internal import WardenModel

/// `user-cache-elsewhere` of a build that runs now, wherever it got its environment from.
struct BuildElsewhere: BuildRule {
    static func findings(_ context: BuildContext) -> [Finding] {
        guard let wanted = context.wanted[.cache] else { return [] }
        return context.user.builds.filter { $0.cache.value != wanted.value }.map { build in
            context.finding(
                .userCacheElsewhere, "\(context.name): process \(build.process), '\(build.command)', runs now",
                wanted: "GOCACHE=\(escapedForDisplay(wanted.value))",
                found: "GOCACHE=\(escapedForDisplay(build.cache.value ?? "")), \(build.cache.origin.text)",
                policy: wanted.policy,
                remedy:
                    "find out what started it, and how that gets its environment: 'ps -o ppid,unit -p \(build.process)'"
            )
        }
    }
}
