import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct CacheTracerTests {
    /// Names of two bytes are shards, and directories in them whose names end in `d` an executable's.
    private struct Shards: TreeClassifier {
        func role(of name: borrowing Span<UInt8>, kind: NodeKind, in directory: DirectoryContext) -> EntryRole {
            guard kind == .directory else { return .output }
            switch directory.role {
            case nil: return name.count == 2 ? .shard : .stranger
            case .shard:
                let isOutput = name.count > 1 && name[name.count - 1] == UInt8(ascii: "d")
                return isOutput ? .executableDirectory : .stranger
            default: return .stranger
            }
        }
    }

    /// A cache root with one shard, `aa`, and files that another process writes.
    private struct Ground: ~Copyable {
        let directory: TemporaryDirectory
        var root: FilePath { directory.path("root") }

        init() throws {
            let made = try TemporaryDirectory()
            try made.makeDirectory("root")
            try made.makeDirectory("root/aa")
            directory = consume made
        }

        func tracer(_ method: TraceMethod, reads: Bool = false) throws -> CacheTracer {
            try CacheTracer(of: root, top: "/", classifier: Shards(), reads: reads, preferring: method)
        }

        /// Runs a script in the root, in a process of its own.
        func run(_ script: String) throws { _ = try Tool.run("cd root\n" + script, in: directory.path) }
    }

    private static let methods: [TraceMethod] = TestProcess.isRoot ? [.fanotify, .inotify] : [.inotify]

    /// Returns what was told of a path, over all processes.
    private func facts(_ names: [TracedName], _ path: String) -> NameEvent.Facts {
        names.filter { $0.path == RelativePath(path) }.reduce(into: []) { $0.formUnion($1.facts) }
    }

    private func paths(_ names: [TracedName]) -> [String] { Set(names.map(\.path.description)).sorted() }

    @Test(arguments: methods) func tellsWhatIsMadeAndWritten(method: TraceMethod) throws {
        let ground = try Ground()
        try ground.directory.write("root/aa/old", "x")
        let tracer = try ground.tracer(method)
        #expect(tracer.method == method)
        #expect(try tracer.read().isEmpty)
        try ground.run("echo x >aa/new; echo y >>aa/old; echo z >trim")
        try ground.run("echo m >../moved; mv ../moved aa/moved; rm aa/old")
        let names = try tracer.read()
        #expect(paths(names) == ["aa/moved", "aa/new", "aa/old", "trim"])
        #expect(facts(names, "aa/new").isSuperset(of: [.created, .written]))
        #expect(facts(names, "aa/old").contains(.written))
        #expect(!facts(names, "aa/old").contains(.created))
        #expect(facts(names, "aa/moved").contains(.movedHere))
        #expect(facts(names, "trim").contains(.written))
        #expect(try tracer.read().isEmpty)
        #expect(tracer.lostCount == 0)
    }

    @Test(arguments: methods) func followsDirectoriesThatCome(method: TraceMethod) throws {
        let ground = try Ground()
        let tracer = try ground.tracer(method)
        try ground.run("mkdir bb bb/xd stranger; echo x >bb/early; echo x >bb/xd/tool; echo x >stranger/file")
        let early = try tracer.read()
        #expect(paths(early) == ["bb/early", "bb/xd/tool"])
        #expect(facts(early, "bb/early").contains(.found))
        try ground.run("echo x >bb/late; echo y >>bb/xd/tool; echo x >stranger/other")
        let late = try tracer.read()
        #expect(paths(late) == ["bb/late", "bb/xd/tool"])
        #expect(!facts(late, "bb/xd/tool").contains(.created))
    }

    @Test(arguments: methods) func followsWhatIsCleanedAndMadeAgain(method: TraceMethod) throws {
        let ground = try Ground()
        let tracer = try ground.tracer(method)
        for number in 0..<5 {
            try ground.run("rm -r aa; mkdir aa")
            #expect(try paths(tracer.read()).isEmpty)
            try ground.run("echo x >aa/\(number)")
            #expect(try paths(tracer.read()) == ["aa/\(number)"])
        }
        #expect(tracer.lostCount == 0)
    }

    @Test(arguments: methods) func entersNoLink(method: TraceMethod) throws {
        let ground = try Ground()
        try ground.directory.makeDirectory("outside")
        let tracer = try ground.tracer(method)
        try ground.run("ln -s ../outside bb")
        _ = try tracer.read()
        try ground.run("echo x >bb/file; echo x >../outside/other")
        #expect(try paths(tracer.read()).isEmpty)
    }

    @Test(arguments: methods) func refusesAnotherRoot(method: TraceMethod) throws {
        let ground = try Ground()
        try ground.directory.makeSymbolicLink("link", to: ground.root)
        let link = ground.directory.path("link")
        #expect(throws: Errno.self) {
            _ = try CacheTracer(of: link, top: "/", classifier: Shards(), reads: false, preferring: method)
        }
        let missing = ground.directory.path("missing")
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try CacheTracer(of: missing, top: "/", classifier: Shards(), reads: false, preferring: method)
        }
    }

    // MARK: - Processes

    private static let rootReason: Comment = "fanotify tells processes to root alone"

    @Test(.enabled(if: TestProcess.isRoot, rootReason)) func namesTheProcess() throws {
        let ground = try Ground()
        let tracer = try ground.tracer(.fanotify)
        let script = "cd \(ground.root.string) && echo x >aa/file && exec sleep 60"
        let writer = try StandIn("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        var names: [TracedName] = []
        let end = ContinuousClock.now + .seconds(30)
        while !facts(names, "aa/file").contains(.written) {
            try #require(ContinuousClock.now < end)
            names += try tracer.read()
            Thread.sleep(forTimeInterval: 0.01)
        }
        let id = writer.id
        #expect(names.allSatisfy { $0.process == id && !$0.isGone })
        try ground.run("echo x >aa/other")
        let gone = try tracer.read()
        #expect(paths(gone) == ["aa/other"])
        #expect(gone.allSatisfy { $0.isGone && $0.process != nil })
    }

    @Test(.enabled(if: TestProcess.isRoot, rootReason)) func tellsReadsAndNotWhoLists() throws {
        let ground = try Ground()
        try ground.directory.write("root/aa/file", "x")
        let tracer = try ground.tracer(.fanotify, reads: true)
        try ground.run("cat aa/file; ls -R . >/dev/null")
        let names = try tracer.read()
        #expect(paths(names) == ["aa/file"])
        #expect(facts(names, "aa/file") == .opened)
    }

    /// Otherwise who looks at what it is told of would be told of that.
    @Test(.enabled(if: TestProcess.isRoot, rootReason)) func leavesOutItsOwnDoing() throws {
        let ground = try Ground()
        let tracer = try ground.tracer(.fanotify, reads: true)
        try ground.directory.write("root/aa/file", "x")
        _ = try ground.directory.read("root/aa/file")
        #expect(try tracer.read().isEmpty)
        // A directory of its own holds what others write all the same.
        try ground.directory.makeDirectory("root/bb")
        #expect(try tracer.read().isEmpty)
        try ground.run("echo x >bb/file")
        #expect(try paths(tracer.read()) == ["bb/file"])
    }
}
