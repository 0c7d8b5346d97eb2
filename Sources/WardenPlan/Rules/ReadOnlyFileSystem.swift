internal import WardenModel
internal import WardenPolicy

/// `cache-read-only`: nothing can be changed in the cache, by builds or by the agent, which would fail at every entry.
struct ReadOnlyFileSystem: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        guard case .present(let root) = context.observation.root, root.fileSystem.isReadOnly else { return [] }
        return [
            context.planner.finding(
                .cacheReadOnly, context.planner.isChanging ? .blocking : .manual, subject: context.path,
                Difference(wanted: "a writable file system", found: "a read-only file system"))
        ]
    }
}
