import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

struct CensusTests {
    private func makeUsedCache(in directory: borrowing TemporaryDirectory, pairs: Int) throws -> GoCacheTree {
        try directory.makeDirectory("cache")
        let tree = try GoCacheTree(in: directory, at: "cache", pairs: pairs)
        for (index, output) in tree.outputs.enumerated() {
            try directory.setMode(output, ModeBits([0o644, 0o640, 0o755][index % 3]))
        }
        return tree
    }

    @Test func countsByRoleAndState() throws {
        let directory = try TemporaryDirectory()
        let tree = try makeUsedCache(in: directory, pairs: 90)
        let census = try Observed.census(of: directory)
        let snapshot = try TreeSnapshot(of: directory.path("cache"))
        #expect(census.count(.action) == 90)
        #expect(census.count(.output) == 90)
        #expect(census.count(.bookkeeping) == 2)
        #expect(census.count(.stranger, .system, .fuzz, .plain, .executable, .executableDirectory) == 0)
        #expect(census.count == snapshot.paths.count)
        #expect(census.groups.filter { $0.role == .output }.map(\.count) == [30, 30, 30])
        #expect(
            census.groups.filter { $0.role == .output }.map(\.node.mode.description).sorted() == [
                "0640", "0644", "0755",
            ])
        #expect(census.groups.map(\.role) == census.groups.map(\.role).sorted())
        let allocated = snapshot.nodes.filter { !$0.key.isRoot }.reduce(ByteCount.zero) { $0 + $1.value.allocated }
        #expect(census.allocated == allocated)
        #expect(census.failureCount == 0 && census.vanished == 0)
        #expect(tree.actions.count == 90)
    }

    @Test(arguments: [NameDemand.none, .examples, .all]) func saysTheSameOnAnyNumberOfThreads(demand: NameDemand) throws
    {
        let directory = try TemporaryDirectory()
        _ = try makeUsedCache(in: directory, pairs: 150)
        let one = try Observed.census(of: directory, threads: 1, demand: demand).summary
        for threads in [2, 8] {
            #expect(try Observed.census(of: directory, threads: threads, demand: demand).summary == one)
        }
    }

    @Test func givesEveryNameOnceAndSorted() throws {
        let directory = try TemporaryDirectory()
        _ = try makeUsedCache(in: directory, pairs: 200)
        let census = try Observed.census(of: directory, threads: 2)
        #expect(census.paths == (try TreeSnapshot(of: directory.path("cache"))).paths)
        for group in census.groups {
            #expect(group.subjects.count == group.count)
            for chunk in group.subjects.chunks {
                let names = (0..<chunk.count).map { chunk.path($0) }
                #expect(names == names.sorted())
            }
            #expect(group.subjects.chunks.map(\.directory) == group.subjects.chunks.map(\.directory).sorted())
        }
    }

    @Test func givesTheFirstFewByPathAsExamples() throws {
        let directory = try TemporaryDirectory()
        _ = try makeUsedCache(in: directory, pairs: 100)
        let all = try Observed.census(of: directory)
        let few = try Observed.census(of: directory, threads: 2, demand: .examples)
        #expect(few.groups.count == all.groups.count)
        for (group, example) in zip(all.groups, few.groups) {
            #expect(example.subjects.paths() == Array(group.subjects.paths().sorted().prefix(Finding.exampleLimit)))
            #expect(example.count == group.count)
        }
        #expect(try Observed.census(of: directory, demand: .none).paths.isEmpty)
    }

    @Test func keepsTheInodeOfEveryName() throws {
        let directory = try TemporaryDirectory()
        _ = try makeUsedCache(in: directory, pairs: 20)
        let nodes = try TreeSnapshot(of: directory.path("cache")).nodes
        for group in try Observed.census(of: directory).groups {
            for chunk in group.subjects.chunks {
                for index in 0..<chunk.count {
                    #expect(nodes[chunk.path(index)]?.identity.inode == chunk.inodes[index])
                }
            }
        }
    }

    @Test func agesByTheLaterOfReadAndWritten() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        let now = FakeClock().now()
        func ago(_ seconds: Int64) -> Timestamp { Timestamp(seconds: now.seconds - seconds) }
        let day: Int64 = 86_400
        // Accessed, modified, and the bucket that the later one falls into.
        let cases: [(Timestamp, Timestamp, Int)] = [
            (ago(0), ago(400 * day), 0), (ago(400 * day), ago(3_599), 0), (ago(3_600), ago(3_600), 1),
            (ago(day - 1), ago(9 * day), 1), (ago(day), ago(9 * day), 2), (ago(2 * day), ago(2 * day), 3),
            (ago(5 * day), ago(9 * day), 4), (ago(10 * day), ago(11 * day), 5), (ago(30 * day), ago(89 * day), 6),
            (ago(90 * day), ago(91 * day), 7), (ago(-5 * day), ago(400 * day), 0),
            (ago(400 * day), Timestamp(seconds: 4_102_444_800), 0),
        ]
        for (index, times) in cases.enumerated() {
            let name = Observed.entry(Character(String(index, radix: 16)))
            try directory.write(name, "x")
            try directory.setTimes(name, accessed: times.0, modified: times.1)
        }
        try directory.write("cache/README", "x")
        let ages = try Observed.census(of: directory, now: now).ages
        for bucket in ages.buckets.indices {
            let files = cases.filter { $0.2 == bucket }.count
            #expect(ages.buckets[bucket].files == files, "bucket \(bucket)")
            #expect(ages.buckets[bucket].allocated == ByteCount(UInt64(files) * 4_096))
        }
        #expect(ages.oldest == 90 * day)
    }

    /// tmpfs, which stores whatever time a member sets.
    @Test(
        .enabled(if: TestProcess.isRoot, "mounting takes root"),
        arguments: [Int64.min / 2, -62_135_596_800, Int64.max / 2])
    func livesWithAnyTime(seconds: Int64) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        try directory.withTemporaryMount(at: "cache") { _ in
            try directory.makeDirectory("cache/00")
            try directory.write(Observed.entry("1"), "x")
            try directory.setTimes(
                Observed.entry("1"), accessed: Timestamp(seconds: seconds), modified: Timestamp(seconds: seconds))
            let ages = try Observed.census(of: directory).ages
            #expect(ages.buckets[seconds < 0 ? 7 : 0].files == 1)
        }
    }

    @Test func keepsNamesAsBytes() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        let names: [[UInt8]] = [
            [0x66, 0xff, 0xfe], Array("two\nlines".utf8), Array("\u{1b}[31m".utf8), Array("-rf".utf8),
            [UInt8](repeating: UInt8(ascii: "n"), count: 255), Array("caf\u{e9}".utf8), Array("cafe\u{301}".utf8),
            Array("$(x)`y`%s'\"".utf8),
        ]
        for name in names { try directory.write(FilePath("cache").pushing(FilePath(nameBytes: name)), "x") }
        for demand in [NameDemand.all, .examples] {
            for layout in [CacheLayout.goBuild, .directory] {
                let census = try Observed.census(of: directory, layout: layout, demand: demand)
                let sorted = names.map { RelativePath(bytes: $0) }.sorted()
                if case .all = demand {
                    #expect(census.paths == sorted)
                } else {
                    #expect(census.paths == Array(sorted.prefix(Finding.exampleLimit)))
                }
                #expect(census.count == names.count)
            }
        }
    }

    @Test(.enabled(if: TestProcess.isRoot, "files of several owners take root"))
    func tellsStatesApartByEveryPart() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        let list = AccessList([
            .init(.owner, .all), .init(.group, id: 7, .read), .init(.owningGroup, .read), .init(.mask, .all),
            .init(.other, []),
        ])
        for digit in "12345" { try directory.write(Observed.entry(digit), "x", mode: ModeBits(0o770)) }
        try directory.setOwnership(Observed.entry("2"), owner: UserID(11))
        try directory.setOwnership(Observed.entry("3"), group: GroupID(11))
        try directory.setAccessList(Observed.entry("4"), list)
        for shard in ["01", "02", "03"] {
            try directory.makeDirectory(FilePath("cache/" + shard), mode: ModeBits(0o770))
        }
        try directory.setDefaultList("cache/02", list)
        try directory.setAccessList("cache/03", list)
        let census = try Observed.census(of: directory)
        #expect(census.groups.filter { $0.role == .output }.count == 4)
        #expect(try census.group(of: Observed.entry("1")).count == 2)
        #expect(try census.group(of: Observed.entry("2")).node.owner == UserID(11))
        #expect(try census.group(of: Observed.entry("3")).node.group == GroupID(11))
        #expect(try census.group(of: Observed.entry("4")).node.accessList == list)
        #expect(try census.group(of: "cache/02").node.defaultList == list)
        #expect(try census.group(of: "cache/02").node.accessList == nil)
        #expect(try census.group(of: "cache/03").node.accessList == list)
        #expect(try census.group(of: "cache/03").node.defaultList == nil)
    }

    @Test func movesNoTime() throws {
        let directory = try TemporaryDirectory()
        _ = try makeUsedCache(in: directory, pairs: 50)
        let paths = try TreeSnapshot(of: directory.path).paths
        // Older than every ctime: relatime would move it at the first read.
        for path in paths {
            try directory.setTimes(FilePath(nameBytes: path.bytes), accessed: Timestamp(seconds: 1_000_000_000))
        }
        let before = try TreeSnapshot(of: directory.path("cache"))
        // Listing for the snapshot has read the directories.
        for path in paths {
            try directory.setTimes(FilePath(nameBytes: path.bytes), accessed: Timestamp(seconds: 1_000_000_000))
        }
        let times = try paths.map { try FileStatus(of: directory.path(FilePath(nameBytes: $0.bytes))).changed }
        _ = try Observed.census(of: directory, threads: 2)
        for (path, changed) in zip(paths, times) {
            let name = directory.path(FilePath(nameBytes: path.bytes))
            #expect(try FileStatus.accessTime(of: name) == Timestamp(seconds: 1_000_000_000), "\(path)")
            #expect(try FileStatus(of: name).changed == changed, "\(path)")
        }
        #expect(before.paths.count + 1 == paths.count)
    }
}
