internal import Synchronization
internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// Answers what makes a directory a module cache. Reads only.
enum ModuleObserver {
    /// Returns what a path below a module cache is to the walk that collects versions.
    @Sendable static func part(_ path: [UInt8], _ isDirectory: Bool) -> ModulePart {
        switch ModuleCachePath(path, isDirectory: isDirectory) {
        case .folder: .folder
        case .tree(let version): .tree(key: version.key)
        case .download(let version, .partial), .download(let version, .abandoned): .marker(key: version.key)
        case .download(let version, _): .file(key: version.key)
        case .content, .bookkeeping, .stranger: .other
        }
    }

    /// Whether anything shows that a module cache is one: `cache/download`, or the tree of any version.
    static func hasModules(below root: PinnedRoot, threads: Int) -> Bool {
        // What cannot be opened shows nothing; the trees may still.
        if let download = try? root.open(RelativePath("cache/download"), .path),
            // As above.
            (try? download.status().kind) == .directory
        {
            return true
        }
        let search = TreeSearch()
        // The walk ends with the first tree, which it takes for an interruption; no tree is an answer of its own.
        _ = try? ModuleWalk.inventory(
            below: root, now: Timestamp(seconds: 0), threads: threads,
            classifier: { path, isDirectory in
                let part = ModuleObserver.part(path, isDirectory)
                if case .tree = part { search.isDone.store(true, ordering: .relaxed) }
                return part
            },
            isInterrupted: { search.isDone.load(ordering: .relaxed) || Interruption.isPending })
        return search.isDone.load(ordering: .relaxed)
    }

    private final class TreeSearch: Sendable {
        let isDone = Atomic<Bool>(false)
    }
}
