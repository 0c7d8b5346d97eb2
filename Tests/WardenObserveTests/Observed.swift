import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// A cache at `/cache` below a directory that stands for `/`, and what the observer says of it.
enum Observed {
    static func cache(
        in directory: borrowing TemporaryDirectory, layout: CacheLayout = .goBuild, threads: Int = 1,
        now: Timestamp = FakeClock().now(), path: FilePath = "/cache", demand: NameDemand = .all
    ) throws -> CacheObservation {
        let clock = FakeClock(now)
        return try CacheObserver(top: directory.path, threads: threads, now: clock.now)
            .observe(name: "test", path: path, layout: layout) { _, _, _ in demand }
    }

    static func census(
        of directory: borrowing TemporaryDirectory, layout: CacheLayout = .goBuild, threads: Int = 1,
        now: Timestamp = FakeClock().now(), demand: NameDemand = .all
    ) throws -> Census {
        try #require(
            try cache(in: directory, layout: layout, threads: threads, now: now, demand: demand).census)
    }

    /// Returns the path of an entry in shard `00`, made of one digit.
    static func entry(_ digit: Character, _ suffix: String = "-d") -> FilePath {
        FilePath("cache/00/00" + String(repeating: digit, count: 62) + suffix)
    }

    /// Makes an empty cache with shard `00`.
    static func makeCache(in directory: borrowing TemporaryDirectory) throws {
        try directory.makeDirectory("cache")
        try directory.makeDirectory("cache/00")
    }
}

extension Census {
    /// Every name that the census keeps, sorted.
    var paths: [RelativePath] { groups.flatMap { $0.subjects.paths() }.sorted() }

    /// Returns the one group that names this path below the cache.
    func group(of path: FilePath) throws -> EntryGroup {
        let wanted = RelativePath(String(path.string.dropFirst("cache/".count)))
        let found = groups.filter { $0.subjects.paths().contains(wanted) }
        try #require(found.count == 1, "\(wanted) is in \(found.count) groups")
        return found[0]
    }

    /// Everything that two equal censuses share, as text.
    var summary: [String] {
        groups.map { group in
            let names = group.subjects.paths().map(\.description).joined(separator: " ")
            return
                "\(group.role) \(group.node) \(String(describing: group.refusal)) \(group.count) \(group.allocated): \(names)"
        } + ["\(ages)", "\(failureCount)"]
    }
}
