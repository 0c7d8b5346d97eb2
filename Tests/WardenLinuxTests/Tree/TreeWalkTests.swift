import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct TreeWalkTests {
    private func walk(
        _ path: FilePath, threads: Int = 1, resolution: PinnedRoot.Resolution = .kernel, demand: NameDemand = .all
    ) throws -> Census {
        try Walk(path, resolution).census(threads: threads, demand: demand)
    }

    @Test func countsNamesThatVanishBetweenTwoCalls() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        for number in 0..<20 { try directory.write(FilePath("root/\(number)"), "x") }
        let root = directory.path("root")
        // Asked at the first entry, when all names are listed already: the other nineteen go now.
        let question = TreeQuestion(
            classifier: Walk.Plain(),
            demand: { _, _, _ in
                // Without names nothing is removed, and the numbers below are wrong.
                for name in (try? FixtureCalls.names(in: root)) ?? [] {
                    // What cannot be removed shows in the numbers below.
                    try? FixtureCalls.removeFile(root.pushing(FilePath(nameBytes: name)))
                }
                return .none
            }, now: FakeClock().now(), threads: 1)
        let census = try TreeWalk.census(below: try Walk(root, .kernel).root, asking: question)
        #expect(census.count == 1)
        #expect(census.vanished == 19)
        #expect(census.failureCount == 0)
    }

    /// Alike entries are counted apart where a part begins, each in the innermost; all else stays together.
    @Test(arguments: [1, 3])
    func countsPartsApart(threads: Int) throws {
        let directory = try TemporaryDirectory()
        for path: FilePath in ["root", "root/a", "root/a/b", "root/a/bc", "root/d"] {
            try directory.makeDirectory(path)
        }
        let files = ["a/1", "a/b/2", "a/b/3", "a/bc/4", "d/5", "d/6", "7"]
        for file in files { try directory.write(FilePath("root").appending(file), "x") }
        let parts = TreeParts(["a", "a/b", "d/6", "nowhere"].map { RelativePath($0) })
        let question = TreeQuestion(
            classifier: Walk.Plain(), parts: parts, demand: { _, _, _ in .all }, now: FakeClock().now(),
            threads: threads)
        let census = try TreeWalk.census(below: try Walk(directory.path("root"), .kernel).root, asking: question)
        var found: [String: [String]] = [:]
        for group in census.groups {
            found[group.part?.description ?? "", default: []] += group.subjects.paths().map(\.description)
        }
        #expect(
            found.mapValues { $0.sorted() }
                == [
                    "": ["7", "d", "d/5"], "a": ["a", "a/1", "a/bc", "a/bc/4"], "a/b": ["a/b", "a/b/2", "a/b/3"],
                    "d/6": ["d/6"],
                ])
        #expect(census.groups.filter { $0.node.kind == .file }.count == 4, "one state in four parts")
    }

    @Test func failsForNothingThatComesAndGoes() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        for number in 0..<200 {
            try directory.makeDirectory(FilePath("root/\(number)"))
            try directory.write(FilePath("root/\(number)/stays"), "x")
        }
        let root = directory.path("root")
        let attacker = Attacker { turn in
            let file = root.appending("\(turn % 200)").appending("comes-and-goes")
            let inner = root.appending("\(turn % 200)").appending("directory")
            try FixtureCalls.makeSpecialFile(file, .fifo, mode: ModeBits(0o600))
            try FixtureCalls.makeDirectory(inner, mode: ModeBits(0o700))
            try FixtureCalls.removeFile(file)
            try FixtureCalls.removeTree(inner)
        }
        defer { #expect(attacker.stop() > 0) }
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(1) || attacker.successes == 0 {
            let census = try walk(root, threads: 2)
            #expect(census.failureCount == 0, "\(census.failures)")
            #expect(Set(census.allPaths.filter { $0.bytes.suffix(5).elementsEqual("stays".utf8) }).count == 200)
        }
    }

    @Test func takesNoPartOfAFileThatIsBeingRemoved() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        let root = directory.path("root")
        let list = AccessList(mode: ModeBits(0o660)).adding([.init(.group, id: 7, .read), .init(.mask, .all)])
        try directory.setDefaultList("root", list)
        let attacker = Attacker { turn in
            let file = root.appending("file-\(turn % 50)")
            let made = try FileDescriptor.open(
                file, .writeOnly, options: [.create, .exclusiveCreate], permissions: FilePermissions(rawValue: 0o660))
            try made.close()
            try FixtureCalls.removeFile(file)
        }
        let start = ContinuousClock.now
        while start.duration(to: .now) < .milliseconds(700) {
            for group in try walk(root).groups {
                #expect(group.refusal == nil)
                #expect(group.node.accessList != nil)
            }
        }
        #expect(attacker.stop() > 0)
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming another user takes root"))
    func countsWhatItMayNotReadAndGoesOn() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        try directory.makeDirectory("root")
        try directory.makeDirectory("root/closed", mode: ModeBits(0o700))
        try directory.write("root/closed/unseen", "x")
        try directory.makeDirectory("root/listed", mode: ModeBits(0o744))
        try directory.write("root/listed/unsearchable", "x")
        try directory.makeDirectory("root/open")
        try directory.write("root/open/seen", "x")
        let root = directory.path("root")
        let census = try TestProcess.asUser(UserID(54_321), GroupID(54_321)) {
            try Walk(root, .kernel).census(threads: 1, demand: .all)
        }
        #expect(census.allPaths.map(\.description).sorted() == ["closed", "listed", "open", "open/seen"])
        #expect(census.failureCount == 2)
        #expect(census.failures.map(\.path.description) == ["closed", "listed/unsearchable"])
        #expect(census.failures.allSatisfy { $0.cause == .permissionDenied })
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming another user takes root"))
    func failsForARootThatItMayNotRead() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        try directory.makeDirectory("root", mode: ModeBits(0o711))
        let root = directory.path("root")
        let pinned = try PinnedRoot(
            OwnedDescriptor(adopting: try FileDescriptor.open(root, .readOnly, options: .directory)))
        #expect(throws: Errno.permissionDenied) {
            try TestProcess.asUser(UserID(54_321), GroupID(54_321)) {
                try TreeWalk.census(below: pinned, asking: Walk.question(threads: 1, demand: .none))
            }
        }
    }

    @Test func countsAtMost4096StatesAndTheRestTogether() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        for mode in UInt16(0)..<0o7777 { try directory.write(FilePath("root/\(mode)"), "", mode: ModeBits(mode)) }
        try directory.makeDirectory("root/more")
        #expect(try walk(directory.path("root"), demand: .none).groups.count == 4_096)
        // Listed after the root, so all of them come too late; half are refused for another reason too.
        for mode in UInt16(0)..<200 {
            try directory.makeFIFO(FilePath("root/more/fifo-\(mode)"), mode: ModeBits(mode))
            try directory.makeDirectory(FilePath("root/more/\(mode)"), mode: ModeBits(mode))
        }
        let bounded = try walk(directory.path("root"), demand: .examples)
        #expect(bounded.count == 4_096 + 400)
        #expect(bounded.groups.count == 4_097)
        #expect(bounded.groups.filter { $0.refusal == .tooManyStates }.map(\.count) == [400])
    }

    @Test(.enabled(if: ACLSupport.isAvailable, "\(ACLSupport.reason)"))
    func countsAtMost4096ListsAndTheRestTogether() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        for id in UInt32(0)..<4_200 {
            try directory.write(FilePath("root/\(id)"), "", mode: ModeBits(0o660))
            try directory.setAccessList(
                FilePath("root/\(id)"),
                AccessList(mode: ModeBits(0o660)).adding([.init(.user, id: id, .read), .init(.mask, .all)]))
        }
        let census = try walk(directory.path("root"), demand: .none)
        #expect(census.count == 4_200)
        #expect(census.groups.count <= 4_097)
        #expect(census.groups.filter { $0.refusal == .tooManyStates }.reduce(0) { $0 + $1.count } == 4_200 - 4_095)
    }

    @Test(.timeLimit(.minutes(30))) func goesNoDeeperThanItsLimit() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        try directory.makeDeepChain("root/deep", depth: 3_000)
        for resolution in [PinnedRoot.Resolution.kernel, .nameByName] {
            let census = try walk(directory.path("root"), resolution: resolution)
            #expect(census.failureCount == 0)
            #expect(census.count == 32)
            #expect(census.groups.filter { $0.refusal == .tooDeep }.map(\.count) == [1])
        }
    }

    @Test func looksBelowPathsLongerThanOneCallTakes() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        let root = try Walk(directory.path("root"), .kernel).root
        let name = [UInt8](repeating: UInt8(ascii: "l"), count: 255)
        var path: [UInt8] = []
        for _ in 0..<20 {
            _ = try root.open(RelativePath(bytes: path), .directory).makeDirectory(name)
            path += (path.isEmpty ? [] : [UInt8(ascii: "/")]) + name
        }
        let census = try walk(directory.path("root"))
        #expect(census.count == 20)
        #expect(census.failureCount == 0)
    }

    @Test func endsWhenInterrupted() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("sub")
        let walk = try Walk(directory.path, .kernel)
        #expect(throws: Errno.canceled) { _ = try walk.census(threads: 2, demand: .none, isInterrupted: { true }) }
        #expect(try walk.census(threads: 2, demand: .none).count == 1)
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting takes root"))
    func refusesListsLargerThanItsBuffer() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("root")
        // tmpfs, because ext4 stores no list as long as that.
        try directory.withTemporaryMount(at: "root") { path in
            try directory.write("root/file", "", mode: ModeBits(0o660))
            let users = (UInt32(0)..<600).map { AccessList.Entry(.user, id: $0, .read) }
            try directory.setAccessList(
                "root/file", AccessList(mode: ModeBits(0o660)).adding(users + [.init(.mask, .all)]))
            #expect(try walk(path).groups.map(\.refusal) == [.unreadableACL])
        }
    }

    @Test(.timeLimit(.minutes(30)), arguments: [PinnedRoot.Resolution.kernel, .nameByName])
    func neverShowsWhatADirectoryWasSwappedFor(resolution: PinnedRoot.Resolution) throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("victim")
        for number in 0..<20 { try directory.write(FilePath("victim/secret-\(number)"), "x") }
        try directory.makeDirectory("root")
        for number in 0..<16 {
            try directory.makeDirectory(FilePath("root/\(number)"))
            try directory.write(FilePath("root/\(number)/entry"), "x")
        }
        try directory.makeSymbolicLink("root/link", to: directory.path("victim"))
        let root = directory.path("root")
        let attacker = Attacker { turn in
            try FixtureCalls.exchange(root.appending("\(turn % 16)"), root.appending("link"))
        }
        let start = ContinuousClock.now
        var passes = 0
        let walk = try Walk(root, resolution)
        while start.duration(to: .now) < .milliseconds(1_500) || attacker.successes == 0 {
            let census = try walk.census(threads: 2, demand: .all)
            #expect(!census.allPaths.contains { $0.description.contains("secret") })
            passes += 1
        }
        #expect(attacker.stop() > 0)
        #expect(passes > 0)
    }
}

/// A walk of a tree whose every name is `.plain`.
struct Walk {
    let root: PinnedRoot

    init(_ path: FilePath, _ resolution: PinnedRoot.Resolution) throws {
        root = try PinnedRoot(
            OwnedDescriptor(adopting: try FileDescriptor.open(path, .readOnly, options: [.directory, .closeOnExec])),
            resolution: resolution)
    }

    func census(
        threads: Int, demand: NameDemand, isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws -> Census {
        try TreeWalk.census(
            below: root, asking: Self.question(threads: threads, demand: demand, isInterrupted: isInterrupted))
    }

    static func question(
        threads: Int, demand: NameDemand, isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) -> TreeQuestion {
        TreeQuestion(
            classifier: Plain(), demand: { _, _, _ in demand }, now: FakeClock().now(), threads: threads,
            isInterrupted: isInterrupted)
    }

    struct Plain: TreeClassifier {
        func role(of name: borrowing Span<UInt8>, kind: NodeKind, in directory: DirectoryContext) -> EntryRole {
            .plain
        }
    }
}

extension Census {
    /// Every name that the census keeps.
    var allPaths: [RelativePath] { groups.flatMap { $0.subjects.paths() } }
}
