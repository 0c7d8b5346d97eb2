import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct TreeTrackerTests {
    /// What a tracker is tried on: everything in it is as it should be, but what has another mode than 0640 or 0750.
    private struct Ground: ~Copyable {
        let directory: TemporaryDirectory
        var root: FilePath { directory.path("root") }

        init() throws {
            let made = try TemporaryDirectory()
            try made.makeDirectory("root", mode: ModeBits(0o750))
            directory = consume made
        }

        static let question = TreeQuestion(
            classifier: Shards(),
            demand: { _, node, refusal in
                let wanted = node.kind == .directory ? ModeBits(0o750) : ModeBits(0o640)
                return node.mode == wanted && refusal == nil ? .none : .examples
            }, now: FakeClock().now(), threads: 1, isInterrupted: { false })

        func tracker() throws -> TreeTracker {
            try TreeTracker(of: root, top: "/", asking: Self.question) { $0.mode != ModeBits(0o750) }
        }

        func census() throws -> Census {
            let pinned = try PathDescent(to: root, from: "/").pinTarget()
            return try TreeWalk.census(below: pinned, asking: Self.question)
        }

        func makeDirectory(_ name: FilePath) throws {
            try directory.makeDirectory(FilePath("root").pushing(name), mode: ModeBits(0o750))
        }

        func write(_ name: FilePath, size: Int = 1, mode: ModeBits = ModeBits(0o640)) throws {
            try directory.write(
                FilePath("root").pushing(name), [UInt8](repeating: UInt8(ascii: "x"), count: size), mode: mode)
        }
    }

    /// Names that end in `-d` and are directories are an executable's, as in a Go build cache.
    private struct Shards: TreeClassifier {
        func role(of name: borrowing Span<UInt8>, kind: NodeKind, in directory: DirectoryContext) -> EntryRole {
            if directory.role == .executableDirectory { return .executable }
            let isOutput = name.count > 2 && name[name.count - 1] == UInt8(ascii: "d")
            return isOutput && kind == .directory ? .executableDirectory : kind == .directory ? .shard : .output
        }
    }

    private func settled(_ tracker: TreeTracker) throws -> TreeChange {
        while try !tracker.read() {}
        return try tracker.settle()
    }

    private func expectTruth(
        of tracker: TreeTracker, _ ground: borrowing Ground, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let census = try ground.census()
        #expect(tracker.totals.allocated == census.allocated, sourceLocation: sourceLocation)
        #expect(tracker.totals.files == census.fileCount, sourceLocation: sourceLocation)
    }

    // MARK: - How much there is

    @Test(arguments: 1...5 as ClosedRange<UInt64>) func knowsWhatACensusCounts(seed: UInt64) throws {
        let ground = try Ground()
        var random = SeededGenerator(seed: seed)
        for number in 0..<4 { try ground.makeDirectory(FilePath("\(number)")) }
        for number in 0..<200 { try ground.write(Self.name(number), size: number * 20) }
        let tracker = try ground.tracker()
        try expectTruth(of: tracker, ground)
        for _ in 0..<25 {
            for _ in 0..<Int.random(in: 1...60, using: &random) { try change(ground, &random) }
            #expect(try !settled(tracker).isLost)
            try expectTruth(of: tracker, ground)
        }
    }

    /// So long that a directory of them needs more than one block.
    private static func name(_ number: Int) -> FilePath {
        FilePath("\(number % 4)/\(number)" + String(repeating: "n", count: 200))
    }

    private func change(_ ground: borrowing Ground, _ random: inout SeededGenerator) throws {
        func name() -> FilePath { Self.name(Int.random(in: 0..<600, using: &random)) }
        let (some, other) = (ground.root.pushing(name()), ground.root.pushing(name()))
        do {
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1, 2:
                try FixtureCalls.removeTree(some)
            case 3:
                // A directory that moves is another test.
                guard try FixtureCalls.status(of: some).kind == .file else { return }
                try FixtureCalls.rename(some, to: other)
            case 4:
                try FixtureCalls.makeDirectory(some, mode: ModeBits(0o750))
                try ground.directory.write(some.appending("inside"), "yy")
            default:
                try ground.directory.write(
                    some, [UInt8](repeating: 0, count: Int.random(in: 0..<9_000, using: &random)))
            }
        } catch is Errno {
            // There is no such name now, or it is of another kind.
        }
    }

    @Test func forgetsWhatHasGone() throws {
        let ground = try Ground()
        try ground.makeDirectory("a")
        let tracker = try ground.tracker()
        for number in 0..<5_000 { try ground.write(FilePath("a/\(number)")) }
        _ = try settled(tracker)
        #expect(tracker.totals.files == 5_000)
        for number in 0..<5_000 where number % 3 != 0 {
            try FixtureCalls.removeFile(ground.root.appending("a/\(number)"))
        }
        _ = try settled(tracker)
        #expect(tracker.totals.files == 1_667)
        try FixtureCalls.removeTree(ground.root.appending("a"))
        #expect(try !settled(tracker).isLost)
        #expect(tracker.totals == TreeTotals.nothing)
    }

    // MARK: - What is to be looked at

    @Test func noticesWhatIsWanted() throws {
        let ground = try Ground()
        try ground.makeDirectory("a")
        try ground.write("a/known")
        let tracker = try ground.tracker()
        #expect(try settled(tracker) == TreeChange())
        try ground.write("a/good")
        #expect(try settled(tracker).conspicuous == nil)
        try FixtureCalls.setMode(of: ground.root.appending("a/known"), to: ModeBits(0o600))
        #expect(try settled(tracker).conspicuous == RelativePath("a/known"))
        #expect(try settled(tracker).conspicuous == nil)
        try FixtureCalls.setMode(of: ground.root.appending("a/known"), to: ModeBits(0o640))
        #expect(try settled(tracker).conspicuous == nil)
        try FixtureCalls.setMode(of: ground.root.appending("a"), to: ModeBits(0o700))
        #expect(try settled(tracker).conspicuous == RelativePath("a"))
        try FixtureCalls.setMode(of: ground.root, to: ModeBits(0o700))
        #expect(try settled(tracker).conspicuous == .root)
    }

    /// Links, FIFOs and directories give no event but that they are there.
    @Test func noticesEveryKind() throws {
        let ground = try Ground()
        try ground.makeDirectory("a")
        try ground.write("a/file")
        let tracker = try ground.tracker()
        try ground.directory.makeSymbolicLink("root/a/link", to: "/etc/passwd")
        #expect(try settled(tracker).conspicuous == RelativePath("a/link"))
        try FixtureCalls.makeSpecialFile(ground.root.appending("a/fifo"), .fifo, mode: ModeBits(0o640))
        #expect(try settled(tracker).conspicuous == RelativePath("a/fifo"))
        try ground.directory.makeHardLink("root/a/name", to: "root/a/file")
        #expect(try settled(tracker).conspicuous == RelativePath("a/name"))
        try ground.directory.makeDirectory("root/b", mode: ModeBits(0o777))
        #expect(try settled(tracker).conspicuous == RelativePath("b"))
    }

    /// What stands in a new directory before anybody can watch it.
    @Test func looksIntoNewDirectories() throws {
        let ground = try Ground()
        let tracker = try ground.tracker()
        try ground.makeDirectory("a")
        try ground.makeDirectory("a/b")
        try ground.write("a/b/wrong", mode: ModeBits(0o666))
        #expect(try settled(tracker).conspicuous == RelativePath("a/b/wrong"))
        try ground.write("a/b/later", mode: ModeBits(0o666))
        #expect(try settled(tracker).conspicuous == RelativePath("a/b/later"))
        try expectTruth(of: tracker, ground)
    }

    @Test func noticesASecondFileBesideAnExecutable() throws {
        let ground = try Ground()
        try ground.makeDirectory("a")
        try ground.makeDirectory("a/tool-d")
        let tracker = try ground.tracker()
        try ground.write("a/tool-d/tool")
        #expect(try settled(tracker).conspicuous == nil)
        try ground.write("a/tool-d/other")
        #expect(try settled(tracker).conspicuous == RelativePath("a/tool-d"))
    }

    /// An honest tree has a few dozen states; somebody may go through thousands.
    @Test(.enabled(if: TestProcess.isRoot, "giving files away needs root")) func judgesStillAfterThousandsOfStates()
        throws
    {
        let ground = try Ground()
        let names = (0..<150).map { FilePath("\($0)") }
        for name in names { try ground.write(name) }
        let tracker = try ground.tracker()
        for round in 0..<28 {
            for (index, name) in names.enumerated() {
                let owner = UserID(UInt32(70_000 + round * names.count + index))
                try FixtureCalls.setOwnership(of: ground.root.pushing(name), owner: owner, group: nil)
            }
            _ = try settled(tracker)
        }
        try ground.write("b")
        #expect(try settled(tracker).conspicuous == nil)
    }

    // MARK: - What cannot be known

    @Test func isLostWhereEventsWereDropped() throws {
        let ground = try Ground()
        try ground.write("a")
        try ground.write("b")
        let tracker = try ground.tracker()
        let limit = try #require(
            Int(String(decoding: FixtureCalls.read("/proc/sys/fs/inotify/max_queued_events").dropLast(), as: UTF8.self))
        )
        // Equal events that follow each other count as one.
        for number in 0...limit {
            try FixtureCalls.setMode(of: ground.root.appending(number % 2 == 0 ? "a" : "b"), to: ModeBits(0o640))
        }
        #expect(try settled(tracker).isLost)
    }

    @Test func isLostWhereDirectoriesMove() throws {
        let ground = try Ground()
        try ground.makeDirectory("a")
        var tracker = try ground.tracker()
        try FixtureCalls.rename(ground.root.appending("a"), to: ground.root.appending("b"))
        #expect(try settled(tracker).isLost)
        tracker = try ground.tracker()
        try FixtureCalls.rename(ground.root, to: ground.directory.path("elsewhere"))
        #expect(try settled(tracker).isLost)
        try ground.directory.makeDirectory("root")
        tracker = try ground.tracker()
        #expect(try tracker.isInPlace())
        try FixtureCalls.removeTree(ground.root)
        #expect(try settled(tracker).isLost)
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting needs root")) func keepsNoFileSystemMounted() throws {
        let ground = try Ground()
        try FixtureCalls.mountTemporary(at: ground.root)
        try ground.makeDirectory("a")
        try ground.write("a/file")
        let tracker = try ground.tracker()
        try ground.write("a/other")
        _ = try settled(tracker)
        try FixtureCalls.unmount(ground.root)
        #expect(try settled(tracker).isLost)
    }

    @Test func failsWhereThereIsNothing() throws {
        let ground = try Ground()
        try FixtureCalls.removeTree(ground.root)
        #expect(throws: Errno.noSuchFileOrDirectory) { try ground.tracker() }
    }
}
