import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct ProcessTableTests {
    private func process(_ id: Int32) throws -> HostProcess? {
        try ProcessTable().processes { _ in true }.first { $0.id == id }
    }

    private func processes(named name: String) throws -> [HostProcess] {
        try ProcessTable().processes { $0.name == Array(name.utf8) }
    }

    @Test func showsTheCallerItself() throws {
        let table = try ProcessTable()
        let processes = try table.processes { _ in true }
        let own = try #require(processes.first { $0.id == getpid() })
        #expect(own.user == TestProcess.user)
        #expect(own.view == table.ownView)
        #expect(own.environment?["PATH"] == TestProcess.environment("PATH"))
        #expect(own.startedAt < SystemClock.now())
        #expect(processes.map(\.id) == processes.map(\.id).sorted())
    }

    @Test func tellsWhenAProcessBegan() throws {
        let directory = try TemporaryDirectory()
        let program = try directory.makeSleep("started")
        let before = SystemClock.now()
        let standIn = try StandIn(program)
        let after = SystemClock.now()
        let startedAt = try #require(try process(standIn.id)).startedAt
        #expect(startedAt < after)
        #expect(before.since(startedAt) < .milliseconds(25))
    }

    @Test(arguments: ["a) R (b", "two\nlines", ") S 1 (", "name's"]) func knowsProgramsByAnyName(name: String) throws {
        let directory = try TemporaryDirectory()
        let program = try directory.makeSleep(FilePath(name))
        let standIn = try StandIn(program, ["60", "0"], environment: ["A": "1", "B": "two\nlines"])
        let found = try #require(try process(standIn.id))
        #expect(found.program == HostProcess.Program(name: Array(name.utf8), executable: .file(program)))
        #expect(found.environment == ["A": "1", "B": "two\nlines"])
        #expect(found.arguments.words == [program.string, "60", "0"].map { Array($0.utf8) })
        #expect(!found.arguments.isCut)
    }

    @Test func tellsAnEmptyEnvironmentFromNone() throws {
        let directory = try TemporaryDirectory()
        let standIn = try StandIn(try directory.makeSleep("empty"))
        #expect(try #require(try process(standIn.id)).environment == [:])
    }

    @Test func givesUpOnHugeEnvironments() throws {
        let directory = try TemporaryDirectory()
        let value = String(repeating: "x", count: 120_000)
        let variables = (0..<10).map { ("V\($0)", value) }
        let standIn = try StandIn(
            try directory.makeSleep("huge"), environment: Dictionary(uniqueKeysWithValues: variables))
        #expect(try #require(try process(standIn.id)).environment == nil)
    }

    @Test func cutsLongCommandLines() throws {
        let directory = try TemporaryDirectory()
        let standIn = try StandIn(try directory.makeSleep("long"), ["60"] + [String](repeating: "0", count: 3_000))
        let arguments = try #require(try process(standIn.id)).arguments
        #expect(arguments.isCut)
        #expect(arguments.words.map { $0.count + 1 }.reduce(0, +) <= 4_097)
    }

    @Test func seesThatAProgramWasRemoved() throws {
        let directory = try TemporaryDirectory()
        let program = try directory.makeSleep("removed")
        let standIn = try StandIn(program)
        try directory.remove("removed")
        #expect(try #require(try process(standIn.id)).program.executable == .removed(program))
    }

    @Test func readsOnlyWhatIsWanted() throws {
        #expect(try ProcessTable().processes { _ in false }.isEmpty)
    }

    @Test func leavesOutWhoHasEnded() throws {
        let directory = try TemporaryDirectory()
        try directory.makeSymbolicLink("cw-ended", to: "/bin/true")
        try directory.makeSymbolicLink("cw-parent", to: "/bin/sleep")
        // No command between the two: the shell would ask how the first has ended.
        let script = "cd \(directory.path) || exit; ./cw-ended & echo $! >id; exec ./cw-parent 60"
        let parent = try StandIn("/bin/sh", ["-c", script])
        try wait { try !processes(named: "cw-parent").isEmpty }
        let id = String(decoding: try directory.read("id"), as: UTF8.self).split(separator: "\n")[0]
        let line = FilePath("/proc").appending(String(id)).appending("stat")
        func status() throws -> ProcessStatus? { ProcessStatus(parsing: try FixtureCalls.read(line)) }
        try wait { try status()?.isOver == true }
        #expect(try status()?.name == Array("cw-ended".utf8))
        #expect(try processes(named: "cw-ended").isEmpty)
        #expect(try processes(named: "cw-parent").map(\.id) == [parent.id])
    }

    /// Waits until something has happened, for which half a minute is enough.
    private func wait(until hasHappened: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(30)
        while try !hasHappened() {
            try #require(ContinuousClock.now < end)
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    @Test func refusesToSayAnythingWithoutAProcessFileSystem() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try ProcessTable(at: directory.path) }
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try ProcessTable(at: directory.path("missing")) }
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting takes root")) func findsTheOptionsOfItsOwnMount() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("proc")
        _ = try Tool.run("mount -t proc -o hidepid=2,gid=77 proc proc", in: directory.path)
        defer {
            // A mount that stays is a leak of this test alone; its verdict stands.
            _ = try? Tool.run("umount proc", in: directory.path)
        }
        let hidden = try ProcessVisibility(at: directory.path("proc"))
        #expect(!hidden.showsEverything(to: [], in: [76]))
        #expect(hidden.showsEverything(to: [], in: [77]))
        #expect(try ProcessTable(at: directory.path("proc")).processes { _ in true }.contains { $0.id == getpid() })
    }
}
