internal import WardenModel
internal import WardenPolicy

/// `cache-not-recognised`: what stands at the path does not look like the layout the policy names.
///
/// A policy with a mistyped path must not hand somebody's home directory, or a Git object store, to a group.
struct CacheNotRecognised: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard context.policy.layout != .directory, let census = context.observation.census else { return [] }
        if census.count == 0 {
            guard !context.policy.create, context.planner.mode == .enforce else { return [] }
            return [
                finding(
                    context, found: "an empty directory",
                    remedy: "say 'create: true' for cache '\(context.policy.name)' if it is to become a cache")
            ]
        }
        guard context.policy.layout == .goBuild else {
            guard census.hasModules == false else { return [] }
            return [
                finding(
                    context, found: "\(census.count) names, and neither 'cache/download' nor a module's version",
                    remedy: "set 'path' to the cache, or 'layout' to what is there")
            ]
        }
        guard !looksLikeGoBuild(census) else { return [] }
        let strangers = census.groups.filter { $0.role == .stranger }
        let examples = strangers.flatMap { $0.subjects.paths(3) }.sorted().prefix(3)
            .map { Finding.Example(path: $0, found: "not a name that Go makes") }
        return [
            finding(
                context, found: "\(census.count) names, none of them a Go cache entry",
                remedy: "set 'path' to the cache, or 'layout' to what is there", examples: examples)
        ]
    }

    /// Go leaves `trim.txt` behind even when everything else is cleaned; hexadecimal folders alone could be Git's.
    private static func looksLikeGoBuild(_ census: Census) -> Bool {
        let entries = census.count(.action, .output, .executableDirectory)
        let hasTrim = census.count(.bookkeeping) > 0 && census.count(.stranger) == 0
        return entries > 0 || hasTrim || (census.count(.shard) > 0 && census.count(.stranger) == 0)
    }

    private static func finding(
        _ context: CacheContext, found: String, remedy: String, examples: [Finding.Example] = []
    ) -> Finding {
        context.planner.finding(
            .cacheNotRecognised, .blocking, subject: context.path,
            Difference(wanted: context.policy.layout.words, found: found), remedy: remedy, examples: examples)
    }
}

extension CacheLayout {
    fileprivate var words: String {
        switch self {
        case .goBuild: "a Go build cache"
        case .goMod: "a Go module cache"
        case .directory: "a directory"
        }
    }
}
