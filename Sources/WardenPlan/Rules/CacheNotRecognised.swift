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
        let examples = strangers.flatMap { $0.subjects.paths(Finding.exampleLimit) }.sorted().prefix(
            Finding.exampleLimit
        )
        .map { Finding.Example(path: $0, found: "not a name that Go makes") }
        return [
            finding(
                context, found: "\(census.count) names, none of them a Go cache entry",
                remedy: "set 'path' to the cache, or 'layout' to what is there", examples: examples)
        ]
    }

    /// Whoever may write to an empty cache must not be able to lock the agent out of it with one odd name: what Go leaves
    /// in an empty one is enough. A single file of its, or hexadecimal folders, could be another program's (Git's, for
    /// one) and count only where nothing else is there.
    private static func looksLikeGoBuild(_ census: Census) -> Bool {
        if census.count(.action, .output, .executableDirectory) > 0 { return true }
        let (files, shards) = (census.count(.bookkeeping), census.count(.shard))
        // 'go clean -cache' leaves README and trim.txt; evictions leave the 256 folders too, which Go makes at once.
        if files >= 2 || files == 1 && shards == 256 { return true }
        return census.count(.stranger) == 0 && files + shards > 0
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
