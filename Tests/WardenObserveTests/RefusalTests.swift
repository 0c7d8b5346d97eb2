import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// What is never followed, never opened and never touched, and how it is counted.
struct RefusalTests {
    @Test(arguments: ["victim/file", "victim/directory", "nowhere", "cache/00/loop", "/proc/self/cwd"])
    func refusesSymbolicLinks(target: String) throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.makeDirectory("victim")
        try directory.makeDirectory("victim/directory")
        try directory.write("victim/directory/secret", "x")
        try directory.write("victim/file", "x")
        for name: FilePath in [
            "cache/00/loop", "cache/fuzz", "cache/ab", Observed.entry("1"), Observed.entry("2", "-a"),
        ] {
            try directory.makeSymbolicLink(name, to: directory.path(FilePath(target)))
        }
        let census = try Observed.census(of: directory)
        #expect(census.count == 6)
        #expect(census.groups.filter { $0.refusal == .symbolicLink }.reduce(0) { $0 + $1.count } == 5)
        #expect(!census.paths.contains { $0.description.contains("secret") })
        #expect(census.failureCount == 0)
    }

    @Test func refusesHardLinksAndCountsTheirBlocksOnce() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.write("victim", [UInt8](repeating: 1, count: 20_000))
        try directory.makeHardLink(Observed.entry("1"), to: "victim")
        try directory.write(Observed.entry("2"), [UInt8](repeating: 1, count: 50_000))
        try directory.makeHardLink(Observed.entry("3"), to: Observed.entry("2"))
        let census = try Observed.census(of: directory)
        let group = try census.group(of: Observed.entry("1"))
        #expect(group.refusal == .hardLink)
        #expect(group.count == 3)
        let (outside, inside) = (
            try directory.status("victim").allocated, try directory.status(Observed.entry("2")).allocated
        )
        #expect(group.allocated == outside + inside)
    }

    @Test func countsBlocksOnceWhereverTheNamesStand() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.makeDirectory("cache/junk")
        try directory.write("cache/junk/0", [UInt8](repeating: 1, count: 1_000_000))
        for number in 1..<50 { try directory.makeHardLink(FilePath("cache/junk/\(number)"), to: "cache/junk/0") }
        try directory.makeDirectory(Observed.entry("1"))
        for number in 0..<9 {
            try directory.makeHardLink(Observed.entry("1").appending("\(number)"), to: "cache/junk/0")
        }
        let census = try Observed.census(of: directory, threads: 2)
        #expect(census.allocated.rawValue < 1_100_000)
        #expect(census.count == 62)
    }

    @Test func refusesSpecialFiles() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.makeFIFO(Observed.entry("1"))
        try directory.makeSocket(Observed.entry("2"))
        if TestProcess.isRoot { try directory.makeNullDevice(Observed.entry("3")) }
        let census = try Observed.census(of: directory)
        #expect(try census.group(of: Observed.entry("1")).refusal == .specialFile)
        #expect(try census.group(of: Observed.entry("2")).refusal == .specialFile)
        if TestProcess.isRoot {
            #expect(try census.group(of: Observed.entry("3")).refusal == .specialFile)
            #expect(try census.group(of: Observed.entry("3")).node.kind == .characterDevice)
        }
    }

    @Test(arguments: [(0o4755, true), (0o2755, true), (0o6755, true), (0o1755, false), (0o755, false)])
    func refusesSetIDFiles(mode: Int, isRefused: Bool) throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.write(Observed.entry("1"), "x", mode: ModeBits(UInt16(mode)))
        try directory.setMode("cache/00", ModeBits(0o2775))
        let census = try Observed.census(of: directory)
        #expect(try census.group(of: Observed.entry("1")).refusal == (isRefused ? .setID : nil))
        #expect(try census.group(of: "cache/00").refusal == nil)
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting takes root"))
    func refusesForeignMounts() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.makeDirectory("cache/01")
        try directory.makeDirectory("cache/02")
        try directory.makeDirectory("victim")
        try directory.write("victim/secret", "x")
        try directory.write(Observed.entry("1"), "x")
        try directory.withTemporaryMount(at: "cache/01") { path in
            try directory.write("cache/01/secret", "x")
            try directory.withBindMount(of: "victim", at: "cache/02", .readWrite) { _ in
                // A file can be a mount point too.
                try directory.withBindMount(of: "victim/secret", at: Observed.entry("1"), .readWrite) { _ in
                    let census = try Observed.census(of: directory)
                    #expect(try census.group(of: "cache/01").refusal == .foreignMount)
                    #expect(try census.group(of: "cache/02").refusal == .foreignMount)
                    #expect(try census.group(of: Observed.entry("1")).refusal == .foreignMount)
                    #expect(!census.paths.contains { $0.description.contains("secret") })
                    #expect(census.count == 4)
                }
            }
        }
    }

    @Test func understandsExecutableDirectories() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.write("victim", "x")
        for digit in "123456" { try directory.makeDirectory(Observed.entry(digit)) }
        try directory.write(Observed.entry("2").appending("tool"), "x", mode: ModeBits(0o755))
        try directory.write(Observed.entry("3").appending("one"), "x")
        try directory.write(Observed.entry("3").appending("two"), "x")
        try directory.makeDirectory(Observed.entry("4").appending("sub"))
        try directory.write(Observed.entry("4").appending("sub").appending("below"), "x")
        try directory.makeSymbolicLink(Observed.entry("5").appending("link"), to: directory.path("victim"))
        try directory.write(Observed.entry("6").appending("tool"), "x", mode: ModeBits(0o4755))
        let census = try Observed.census(of: directory)
        func refusal(_ digit: Character, _ name: FilePath = "") throws -> Refusal? {
            try census.group(of: Observed.entry(digit).pushing(name)).refusal
        }
        #expect(try refusal("1") == nil)
        #expect(try refusal("2") == nil)
        #expect(try census.group(of: Observed.entry("2")).role == .executableDirectory)
        #expect(try census.group(of: Observed.entry("2").appending("tool")).role == .executable)
        for digit: Character in ["3", "4", "5"] { #expect(try refusal(digit) == .notOneExecutable) }
        #expect(try refusal("3", "one") == .notOneExecutable)
        #expect(try refusal("5", "link") == .notOneExecutable)
        #expect(try refusal("6") == nil)
        #expect(try refusal("6", "tool") == .setID)
        #expect(!census.paths.contains { $0.description.contains("below") })
        #expect(census.failureCount == 0)
    }

    @Test func sortsWhatItFindsInARefusedExecutableDirectory() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.makeDirectory(Observed.entry("1"))
        for number in 0..<100 { try directory.write(Observed.entry("1").appending("\(number)"), "x") }
        let group = try Observed.census(of: directory).group(of: Observed.entry("1").appending("0"))
        #expect(group.count == 100)
        #expect(group.subjects.paths() == group.subjects.paths().sorted())
    }

    @Test func countsStrangersAndWhatIsBelowThem() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.write("victim", "x")
        try directory.makeDirectory("cache/junk")
        try directory.makeDirectory("cache/junk/00")
        try directory.write("cache/junk/00/movie.iso", "x")
        try directory.makeHardLink("cache/junk/00/linked", to: "victim")
        try directory.write("cache/00/notes.txt", "x")
        try directory.write(Observed.entry("A"), "x")
        let census = try Observed.census(of: directory)
        #expect(census.count(.stranger) == 6)
        #expect(census.count(.shard) == 1)
        // Nothing there is ours to judge.
        #expect(census.groups.allSatisfy { $0.refusal == nil })
    }

    @Test func looksIntoFuzzCorporaUpToALimit() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        try directory.makeDirectory("cache/fuzz")
        var path: FilePath = "cache/fuzz"
        for level in 0..<14 {
            path.append("level\(level)")
            try directory.makeDirectory(path)
        }
        try directory.write(path.appending("seed"), "x")
        try directory.makeDeepChain("cache/fuzz/chain", depth: 60)
        let census = try Observed.census(of: directory)
        #expect(try census.group(of: path.appending("seed")).role == .fuzz)
        #expect(try census.group(of: path.appending("seed")).refusal == nil)
        #expect(census.groups.filter { $0.refusal == .tooDeep }.map(\.count) == [1])
        #expect(census.paths.map(\.depth).max() == 32)
    }

    @Test func leavesWhatTheSystemPutThereAlone() throws {
        let directory = try TemporaryDirectory()
        try Observed.makeCache(in: directory)
        try directory.makeDirectory("cache/lost+found", mode: ModeBits(0o700))
        try directory.write("cache/lost+found/#1", "x")
        try directory.write("cache/00/.nfs0001", "x")
        let census = try Observed.census(of: directory)
        #expect(census.count(.system) == 2)
        #expect(census.count == 3)
    }

    @Test func namesNothingOfARootThatIsNone() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "x")
        try directory.makeDirectory("real")
        try directory.makeSymbolicLink("link", to: "real")
        func root(_ path: FilePath) throws -> String {
            let observation = try Observed.cache(in: directory, path: path)
            #expect(observation.census == nil)
            return switch observation.root {
            case .missing(let parentExists): "missing \(parentExists)"
            case .notDirectory(let kind): "not a directory: \(kind.rawValue)"
            case .unreachable(let place, let cause): "unreachable at \(place): \(cause.rawValue)"
            case .present: "present"
            }
        }
        #expect(try root("/cache") == "missing true")
        #expect(try root("/none/cache") == "missing false")
        #expect(try root("/file") == "not a directory: file")
        #expect(try root("/link") == "not a directory: symbolic-link")
        #expect(try root("/") == "not a directory: directory")
        #expect(try root("/link/cache") == "unreachable at /link: \(Errno.tooManySymbolicLinkLevels.rawValue)")
        #expect(try root("/file/cache") == "unreachable at /file: \(Errno.notDirectory.rawValue)")
    }
}
