import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenTestSupport

/// What is run, with what, and what is not run at all. `go` is a script here.
@Suite(.enabled(if: TestProcess.isRoot, "making root's files and becoming others needs root"), .timeLimit(.minutes(30)))
struct GoCommandTests {
    private func run(_ go: [FilePath], in folder: borrowing GoFolder, limit: Duration = .seconds(60)) -> GoCleanOutcome
    {
        GoCommand(at: go).clean(cache: folder.cache, as: GoFolder.owner, limit: limit)
    }

    @Test func givesTheCommandExactlyWhatItNeeds() throws {
        let folder = try GoFolder()
        let go = try folder.write(
            go: "tr '\\0' '\\n' </proc/$$/environ; pwd -P; id -u; id -g; id -G; umask; echo \"$@\"; exit 4")
        let wanted = """
            PATH=/usr/bin:/bin
            HOME=/nonexistent
            GOENV=off
            GOTOOLCHAIN=local
            GOFLAGS=
            GOPROXY=off
            GOTELEMETRY=off
            LC_ALL=C
            GOCACHE=\(folder.cache)
            /
            54321
            54322
            54322 54323
            0077
            clean -cache

            """
        let result = try #require(run([go], in: folder).result)
        #expect(result.text == wanted)
        #expect(result.end == .exited(status: 4))
    }

    @Test func passesOnNamesThatAreNoText() throws {
        let folder = try GoFolder()
        let go = try folder.write(go: "printf %s \"$GOCACHE\"")
        let cache = FilePath(nameBytes: Array("/var/cache/a b\n".utf8) + [0xff])
        let outcome = GoCommand(at: [go]).clean(cache: cache, as: GoFolder.owner, limit: .seconds(60))
        #expect(outcome.result?.output == Array("/var/cache/a b\n".utf8) + [0xff])
    }

    @Test func endsACommandThatHangs() throws {
        let folder = try GoFolder()
        let go = try folder.write(go: "trap '' TERM; echo started; sleep 600; sleep 600")
        guard case .timedOut(let result) = run([go], in: folder, limit: .seconds(2)) else {
            Issue.record("it did not time out")
            return
        }
        #expect(result.text == "started\n")
        #expect(result.survivors == 0)
    }

    @Test func endsTheCommandWhenTheRunIsToEnd() throws {
        let folder = try GoFolder()
        let go = try folder.write(go: "sleep 600")
        let outcome = GoCommand(at: [go]).clean(
            cache: folder.cache, as: GoFolder.owner, limit: .seconds(600), isInterrupted: { true })
        guard case .interrupted = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test func saysWhenThereIsNoGo() throws {
        let folder = try GoFolder()
        try folder.directory.makeSymbolicLink("dangling", to: "nothing")
        #expect(run([], in: folder) == .notFound)
        #expect(
            run([folder.directory.path("none/bin/go"), folder.directory.path("dangling")], in: folder) == .notFound)
    }

    @Test func saysWhenItCannotBeStarted() throws {
        let folder = try GoFolder()
        let go = try folder.write(go: "exit 0")
        try folder.directory.setMode("bin/go", ModeBits(0o600))
        #expect(run([go], in: folder) == .failed(.permissionDenied))
    }

    @Test func neverRunsAsRoot() throws {
        let folder = try GoFolder()
        let mark = folder.directory.path("mark")
        let go = try folder.write(go: ": >'\(mark)'")
        for group in [GroupID(0), GroupID(54_322)] {
            let root = ChildIdentity(user: .root, group: group, supplementaryGroups: [])
            let outcome = GoCommand(at: [go]).clean(cache: folder.cache, as: root, limit: .seconds(60))
            #expect(outcome == .refused(.rootAccount))
        }
        #expect(try !folder.directory.exists("mark"))
        #expect("\(GoRefusal.rootAccount)" == "cache belongs to root: refused, use the native way")
    }

    @Test func refusesRelativePaths() throws {
        let folder = try GoFolder()
        let go = try folder.write(go: "exit 0")
        #expect(run(["bin/go"], in: folder) == .refused(.relativeCommand))
        let outcome = GoCommand(at: [go]).clean(cache: "go-build", as: GoFolder.owner, limit: .seconds(60))
        #expect(outcome == .refused(.relativeCache))
    }

    @Test func refusesAGoThatOthersMayWrite() throws {
        let folder = try GoFolder()
        let go = try folder.write(go: "exit 0")
        try folder.directory.setMode("bin/go", ModeBits(0o775))
        #expect(
            run([go], in: folder).refusal
                == "'\(go)' cannot be trusted: '\(go)' can be written by others than its owner (mode 0775)")
        try folder.directory.setMode("bin/go", ModeBits(0o755))
        try folder.directory.setMode("bin", ModeBits(0o777))
        #expect(
            run([go], in: folder).refusal
                == "'\(go)' cannot be trusted: '\(folder.directory.path("bin"))' can be written by others than its "
                + "owner (mode 0777)")
    }

    @Test func refusesALinkIntoAHome() throws {
        let folder = try GoFolder()
        try folder.directory.makeDirectory("home")
        try folder.directory.write("home/go", "#!/bin/sh\n", mode: ModeBits(0o755))
        try folder.directory.setOwnership("home", owner: GoFolder.owner.user)
        let link = try folder.directory.makeSymbolicLink("link", to: "home/go")
        #expect(
            run([link], in: folder).refusal
                == "'\(link)' cannot be trusted: '\(folder.directory.path("home"))' is owned by user 54321, not by root"
        )
    }

    @Test func takesTheFirstThatCanBeTrusted() throws {
        let folder = try GoFolder()
        let good = try folder.write(go: "echo good")
        let bad = try folder.directory.write("bad", "#!/bin/sh\necho bad\n", mode: ModeBits(0o777))
        let missing = folder.directory.path("missing")
        #expect(run([missing, bad, good], in: folder).result?.text == "good\n")
        #expect(run([missing, bad], in: folder).refusal?.contains("mode 0777") == true)
    }

    @Test func looksOnlyWhereRootPutsPrograms() {
        #expect(GoCommand.usualPlaces == ["/usr/local/go/bin/go", "/usr/lib/go/bin/go", "/usr/bin/go"])
    }
}

/// A place for commands that only root can change, and a cache of somebody else.
struct GoFolder: ~Copyable {
    /// Somebody without an account.
    static let owner = ChildIdentity(
        user: UserID(54_321), group: GroupID(54_322), supplementaryGroups: [GroupID(54_323)])

    /// Not below `/tmp`, where no program is believed.
    let directory: TemporaryDirectory
    var cache: FilePath { directory.path("cache") }

    init() throws {
        let made = try TemporaryDirectory(mode: ModeBits(0o755), in: "/var/cache")
        try made.makeDirectory("bin")
        try made.makeDirectory("cache", mode: ModeBits(0o700))
        try made.setOwnership("cache", owner: Self.owner.user, group: Self.owner.group)
        directory = made
    }

    /// Writes a shell script as the command.
    func write(go script: String) throws -> FilePath {
        try directory.write("bin/go", "#!/bin/sh\n\(script)\n", mode: ModeBits(0o755))
    }
}

extension GoCleanOutcome {
    /// What a command that ended by itself said.
    var result: ChildResult? { if case .ran(let result) = self { result } else { nil } }
    var refusal: String? { if case .refused(let refusal) = self { refusal.description } else { nil } }
}

extension ChildResult {
    var text: String { String(decoding: output, as: UTF8.self) }
}
