import Foundation
import SystemPackage
import Testing
import WardenDigest
import WardenModel
import WardenObserve
import WardenTestSupport

struct TraceObserverTests {
    /// Outputs with the right names in `/cache` below a directory that stands for `/`. Their shards are there from the beginning.
    private struct Ground: ~Copyable {
        let directory: TemporaryDirectory
        let clock = FakeClock()

        init(_ contents: String...) throws {
            let made = try TemporaryDirectory()
            try made.makeDirectory("cache")
            for content in contents + [""] {
                try HashedCache.makeParents(of: HashedCache.path(of: Array(content.utf8)), in: made)
            }
            directory = consume made
        }

        /// By inotify this process's own doing is told too.
        func observer() throws -> TraceObserver {
            let clock = clock
            return try TraceObserver(
                of: "/cache", top: directory.path, reads: false, preferring: .inotify, now: { clock.now() })
        }

        func add(_ content: String) throws -> RelativePath {
            HashedCache.relative(try HashedCache.add(Array(content.utf8), in: directory))
        }

        /// Writes an action that names an output.
        func addAction(_ action: String, of content: String) throws -> RelativePath {
            let name = SHA256Digest(of: Array(action.utf8)).description
            let path = FilePath("cache").appending(String(name.prefix(2))).appending(name + "-a")
            try HashedCache.makeParents(of: path, in: directory)
            let output = SHA256Digest(of: Array(content.utf8)).description
            let numbers = ["\(content.utf8.count)", "1"].map { String(repeating: " ", count: 20 - $0.count) + $0 }
            try directory.write(path, "v1 \(name) \(output) \(numbers[0]) \(numbers[1])\n")
            return HashedCache.relative(path)
        }
    }

    private static let result = "PASS\nok  \texample.com/app\t0.006s\n"

    @Test func tellsWhatWasWritten() throws {
        let ground = try Ground(Self.result)
        let observer = try ground.observer()
        #expect(observer.method == .inotify)
        #expect(try observer.take().isEmpty)
        let path = try ground.add(Self.result)
        let expected = TracedEntry(
            at: ground.clock.now(), path: path, event: .created, size: ByteCount(UInt64(Self.result.utf8.count)),
            owner: TestProcess.user, writer: .owner(TestProcess.user), kind: .testResult, package: "example.com/app")
        #expect(try observer.take() == [expected])
        _ = try ground.add(Self.result)
        #expect(try observer.take().map(\.event) == [.rewritten])
        #expect(observer.lostCount == 0)
    }

    /// An output that says nothing may belong to an archive that is yet to come.
    @Test func waitsForThePackage() throws {
        let ground = try Ground()
        let observer = try ground.observer()
        let path = try ground.add("")
        #expect(try observer.take().isEmpty)
        ground.clock.advance(seconds: 9)
        #expect(try observer.take().isEmpty)
        ground.clock.advance(seconds: 1)
        let told = try observer.take()
        #expect(told.map(\.path) == [path])
        #expect(told.map(\.kind) == [.empty])
        #expect(told.map(\.package) == [nil])
        #expect(try observer.take().isEmpty)
    }

    @Test func actionsBelongToTheirOutputs() throws {
        let ground = try Ground(Self.result)
        _ = try ground.addAction("a", of: "none")
        let observer = try ground.observer()
        _ = try ground.add(Self.result)
        let action = try ground.addAction("a", of: Self.result)
        let told = try observer.take()
        #expect(told.map(\.package) == ["example.com/app", "example.com/app"])
        #expect(told.last?.path == action)
        #expect(told.last?.kind == nil)
        #expect(told.last?.event == .rewritten)
    }

    @Test func theEndTellsWhatStillWaits() throws {
        let ground = try Ground()
        let observer = try ground.observer()
        let path = try ground.add("")
        #expect(try observer.take().isEmpty)
        try ground.directory.write("cache/trim.txt", "1")
        try ground.directory.makeDirectory("cache/fuzz")
        try ground.directory.makeSymbolicLink("cache/link", to: "trim.txt")
        #expect(try observer.finish().map(\.path.description) == [path.description, "trim.txt"])
    }

    @Test func whatHasGoneIsToldAllTheSame() throws {
        let ground = try Ground(Self.result)
        let observer = try ground.observer()
        let path = try ground.add(Self.result)
        try ground.directory.remove(HashedCache.path(of: Array(Self.result.utf8)))
        #expect(try observer.take().isEmpty, "what it was may yet be said")
        ground.clock.advance(seconds: 10)
        let entry = try #require(try observer.take().first)
        #expect(entry.path == path)
        #expect(entry.size == nil)
        #expect(entry.writer == .unknown)
    }

    /// Whoever forks in the middle of writing leaves the file open in the child, which may be gone when it is told of.
    @Test(.enabled(if: TestProcess.isRoot, "needs root: fanotify names processes to it alone"))
    func whatAChildClosesIsItsMakers() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        let observer = try TraceObserver(
            of: directory.path("cache"), top: "/", reads: false, now: { FakeClock().now() })
        let script = "exec 3>file; sleep 0.2 & exec 3>&-; : >closed; wait; : >done; sleep 60"
        let maker = try StandIn(
            "/bin/bash", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], in: directory.path("cache"))
        var told: [TracedEntry] = []
        let end = ContinuousClock.now + .seconds(30)
        while try !directory.exists("cache/closed") { try #require(ContinuousClock.now < end) }
        // From here on the child alone has it open, and nobody looks until it has gone.
        told += try observer.take()
        #expect(!told.contains { $0.path.description == "file" })
        while try !directory.exists("cache/done") { try #require(ContinuousClock.now < end) }
        while told.count < 3 {
            try #require(ContinuousClock.now < end, "\(told)")
            told += try observer.take()
        }
        let entry = try #require(told.first { $0.path.description == "file" })
        #expect(told.count { $0.path == entry.path } == 1 && entry.event == .created)
        guard case .process(let process) = entry.writer else {
            Issue.record("no process is known: \(entry)")
            return
        }
        #expect(process.id == maker.id)
    }

    // MARK: - Real builds

    @Test(
        .enabled(if: TestProcess.isRoot && !GoToolchain.all.isEmpty, "\(GoToolchain.reason), and root"),
        arguments: GoToolchain.all)
    func tellsWhoBuilds(toolchain: GoToolchain) throws {
        let directory = try TemporaryDirectory()
        for name in ["src", "src/lib", "cache", "home"] { try directory.makeDirectory(FilePath(name)) }
        try directory.write("src/go.mod", "module example.com/traced\n\ngo 1.18\n")
        try directory.write("src/lib/lib.go", "package lib\n\nfunc F() int { return 1 }\n")
        let observer = try TraceObserver(
            of: directory.path("cache"), top: "/", reads: false, now: { FakeClock().now() })
        #expect(observer.method == .fanotify)
        let environment = [
            "PATH": "/usr/bin:/bin", "HOME": directory.path("home").string, "GOPROXY": "off", "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "0", "GOTELEMETRY": "off", "GOCACHE": directory.path("cache").string,
            "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "shared/tool", "GITHUB_RUN_ID": "4711",
        ]
        let go = try StandIn(toolchain.go, ["build", "./lib"], environment: environment, in: directory.path("src"))
        let id = go.id
        let package = "example.com/traced/lib"
        var told: [TracedEntry] = []
        let end = ContinuousClock.now + .seconds(60)
        // The archive, what the compiler printed, the list of sources.
        while told.count(where: { $0.package == package && $0.kind == nil }) < 3 {
            try #require(ContinuousClock.now < end)
            told += try observer.take()
            Thread.sleep(forTimeInterval: 0.005)
        }
        #expect(told.contains { $0.package == package && $0.kind == .archive })
        #expect(told.contains { $0.package == package && $0.kind == .sourceList })
        let archive = try #require(told.first { $0.kind == .archive })
        guard case .process(let process) = archive.writer else {
            Issue.record("no process is known")
            return
        }
        #expect(process.id == id)
        #expect(process.command?.process == id)
        #expect(process.command?.subcommand == "build")
        #expect(process.command?.module == "example.com/traced")
        #expect(process.command?.directory == directory.path("src").string)
        #expect(process.job == "github shared/tool 4711")
        #expect(archive.event == .created)
    }
}
