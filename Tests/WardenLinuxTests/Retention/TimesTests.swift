import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct TimeSetterTests {
    private static let now = SystemClock.now()

    private func set(
        _ name: String, to moment: Int64, because reason: TimeList.Reason, in directory: borrowing TemporaryDirectory,
        inode: UInt64? = nil
    ) throws -> Removal {
        let inode = try inode ?? directory.status(FilePath(name)).identity.inode
        let setter = TimeSetter(root: try Walk(directory.path, .kernel).root, now: Self.now)
        return setter.set(RelativePath(name), inode: inode, to: UInt32(moment), because: reason)
    }

    private func makeEntry(
        in directory: borrowing TemporaryDirectory, modified: Int64, accessed: Int64
    ) throws {
        try directory.makeDirectory("ab")
        try directory.write("ab/entry", "x")
        try directory.setTimes(
            "ab/entry", accessed: Timestamp(seconds: accessed), modified: Timestamp(seconds: modified))
    }

    @Test func setsTheMtimeAlone() throws {
        let directory = try TemporaryDirectory()
        try makeEntry(in: directory, modified: 1_000, accessed: 5_000)
        guard case .removed = try set("ab/entry", to: 4_000, because: .lastUse, in: directory) else {
            Issue.record("the time was to be set")
            return
        }
        #expect(try directory.status("ab/entry").modified == Timestamp(seconds: 4_000))
        #expect(try FileStatus.accessTime(of: directory.path("ab/entry")) == Timestamp(seconds: 5_000))
    }

    @Test func neverMakesAnEntryOlder() throws {
        let directory = try TemporaryDirectory()
        try makeEntry(in: directory, modified: 9_000, accessed: 5_000)
        guard case .kept(.used) = try set("ab/entry", to: 4_000, because: .lastUse, in: directory) else {
            Issue.record("somebody refreshed it meanwhile")
            return
        }
        #expect(try directory.status("ab/entry").modified == Timestamp(seconds: 9_000))
    }

    @Test func bringsTheFutureBack() throws {
        let directory = try TemporaryDirectory()
        let future = Self.now.seconds + 1_000_000
        try makeEntry(in: directory, modified: future, accessed: future)
        _ = try set("ab/entry", to: Self.now.seconds, because: .future, in: directory)
        #expect(try directory.status("ab/entry").modified == Timestamp(seconds: Self.now.seconds))
        #expect(try FileStatus.accessTime(of: directory.path("ab/entry")) == Timestamp(seconds: Self.now.seconds))
    }

    @Test func marksOrphans() throws {
        let directory = try TemporaryDirectory()
        try makeEntry(in: directory, modified: 1_000, accessed: 1_000)
        _ = try set("ab/entry", to: Self.now.seconds, because: .orphan, in: directory)
        #expect(try directory.status("ab/entry").modified.nanoseconds == OrphanMark.nanoseconds)
    }

    @Test(arguments: ["symbolic", "hard", "shard"]) func followsNothing(kind: String) throws {
        let directory = try TemporaryDirectory()
        try makeEntry(in: directory, modified: 1_000, accessed: 1_000)
        let inode = try directory.status("ab/entry").identity.inode
        switch kind {
        case "symbolic": try directory.makeSymbolicLink("ab/name", to: directory.path("ab/entry"))
        case "hard": try directory.makeHardLink("ab/name", to: "ab/entry")
        default: try directory.makeSymbolicLink("cd", to: directory.path("ab"))
        }
        let name = kind == "shard" ? "cd/entry" : "ab/name"
        if case .removed = try set(name, to: 4_000, because: .lastUse, in: directory, inode: inode) {
            Issue.record("a link must not be followed")
        }
        #expect(try directory.status("ab/entry").modified == Timestamp(seconds: 1_000))
    }
}

struct TrimWriterTests {
    private func write(
        _ moment: Int64, making: NodeState? = nil, in directory: borrowing TemporaryDirectory
    ) throws -> TrimWriter.Outcome {
        try TrimWriter(root: try Walk(directory.path, .kernel).root)
            .write(TrimRefresh(moment: moment, making: making))
    }

    @Test func writesInPlaceAsGoDoes() throws {
        let directory = try TemporaryDirectory()
        try directory.write("trim.txt", "1000000000000", mode: ModeBits(0o664))
        let before = try directory.status("trim.txt")
        guard case .written = try write(1_795_406_400, in: directory) else {
            Issue.record("not written")
            return
        }
        #expect(try directory.read("trim.txt") == Array("1795406400".utf8))
        let after = try directory.status("trim.txt")
        #expect(after.identity == before.identity && after.mode == before.mode)
    }

    /// threat-model.md, E3: a member's link made root's build overwrite a root-only file.
    @Test(arguments: ["link", "dangling", "hard", "fifo", "directory"]) func followsNoPlantedName(kind: String) throws {
        let directory = try TemporaryDirectory()
        let victim = try TemporaryDirectory()
        try victim.write("secret", "secret", mode: ModeBits(0o600))
        switch kind {
        case "link": try directory.makeSymbolicLink("trim.txt", to: victim.path("secret"))
        case "dangling": try directory.makeSymbolicLink("trim.txt", to: victim.path("new"))
        case "hard": try directory.makeHardLink("trim.txt", to: victim.path("secret"))
        case "fifo": try directory.makeFIFO("trim.txt")
        default: try directory.makeDirectory("trim.txt")
        }
        let before = try TreeSnapshot(of: victim.path)
        guard case .refused = try write(1, in: directory) else {
            Issue.record("must be refused")
            return
        }
        #expect(try TreeSnapshot(of: victim.path).differences(from: before).isEmpty)
        #expect(try victim.read("secret") == Array("secret".utf8))
    }

    @Test func leavesALockedFileAlone() throws {
        let directory = try TemporaryDirectory()
        try directory.write("trim.txt", "7")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        process.arguments = [directory.path("trim.txt").string, "sh", "-c", "echo locked; sleep 60"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { process.terminate() }
        _ = try output.fileHandleForReading.read(upToCount: 1)
        guard case .locked = try write(8, in: directory) else {
            Issue.record("somebody trims")
            return
        }
        #expect(try directory.read("trim.txt") == Array("7".utf8))
    }

    @Test func makesTheFileAsItIsWanted() throws {
        let directory = try TemporaryDirectory()
        let wanted = NodeState(
            kind: .file, owner: TestProcess.user, group: TestProcess.group, mode: ModeBits(0o664))
        guard case .written = try write(5, making: wanted, in: directory) else {
            Issue.record("not written")
            return
        }
        #expect(try directory.status("trim.txt").mode == ModeBits(0o664))
        #expect(try directory.read("trim.txt") == Array("5".utf8))
    }
}
