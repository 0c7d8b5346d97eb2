import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenLinux
import WardenModel

struct AtomicWriteTests {
    @Test func replacesAFileAndSetsItsMode() throws {
        let folder = try FilesFolder()
        let file = try folder.file("report", "old", mode: 0o600)
        try writeAtomically(Array("new".utf8), to: file, mode: ModeBits(0o664))
        #expect(try folder.text("report") == "new")
        let attributes = try FileManager.default.attributesOfItem(atPath: file.string)
        #expect(attributes[.posixPermissions] as? Int == 0o664)
        #expect(try folder.names() == ["report"])
    }

    @Test func replacesALinkAndLeavesItsVictimAlone() throws {
        let folder = try FilesFolder()
        try folder.file("victim", "precious")
        try writeAtomically(Array("new".utf8), to: try folder.link("report", to: "victim"), mode: ModeBits(0o600))
        #expect(try folder.text("victim") == "precious")
        #expect(try folder.text("report") == "new")
        try writeAtomically([], to: try folder.link("other", to: "nothing"), mode: ModeBits(0o600))
        #expect(try folder.names() == ["other", "report", "victim"])
    }

    @Test func refusesToReplaceAnythingElse() throws {
        let folder = try FilesFolder()
        try folder.directory("directory")
        let cases: [(FilePath, FileError.Reason)] = [
            (folder.path.appending("directory"), .notRegular(.directory)),
            (try folder.fifo("fifo"), .notRegular(.fifo)),
            (try folder.link("link", to: "/dev/null"), .notRegular(.characterDevice)),
            ("/dev/null", .notRegular(.characterDevice)),
            ("/dev/stdout", .symbolicLink),
            (folder.path.appending("none/report"), .system(.noSuchFileOrDirectory)),
        ]
        for (path, reason) in cases {
            let error = #expect(throws: FileError.self) { try writeAtomically([1], to: path, mode: ModeBits(0o600)) }
            #expect(error?.reason == reason, "\(path)")
        }
        #expect(try folder.names() == ["directory", "fifo", "link"])
    }

    @Test func takesAwayWhatAKilledRunLeft() throws {
        let folder = try FilesFolder()
        try folder.file("victim", "precious")
        _ = try folder.link(".cachewarden-report.tmp", to: "victim")
        try writeAtomically(Array("new".utf8), to: folder.path.appending("report"), mode: ModeBits(0o600))
        #expect(try folder.names() == ["report", "victim"])
        #expect(try folder.text("victim") == "precious")
    }

    @Test func severalWritersNeverMixTheirContents() async throws {
        let folder = try FilesFolder()
        let file = try folder.file("report", "0")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 {
                let content = Array(String(repeating: "\(writer)", count: 300_000).utf8)
                group.addTask {
                    for _ in 0..<50 { try writeAtomically(content, to: file, mode: ModeBits(0o600)) }
                }
            }
            for _ in 0..<200 {
                let text = try folder.text("report")
                #expect(text == "0" || text.count == 300_000 && Set(text).count == 1)
            }
            try await group.waitForAll()
        }
        #expect(try folder.names() == ["report"])
    }

    @Test func writesAgainWhenItsSecondNameIsTakenAway() throws {
        let folder = try FilesFolder()
        let file = folder.path.appending("report")
        let thief = Thief(of: folder.path.appending(".cachewarden-report.tmp"))
        defer { thief.stop() }
        while thief.booty < 100 { try writeAtomically([1, 2, 3], to: file, mode: ModeBits(0o600)) }
        thief.stop()
        #expect(try folder.names() == ["report"])
    }
}

/// Takes a name away as often as it comes.
private final class Thief: Sendable {
    private let isDone = Atomic(false)
    private let stolen = Atomic(0)

    init(of path: FilePath) {
        Thread.detachNewThread { [self] in
            while !isDone.load(ordering: .relaxed) {
                // Most of the time there is nothing to take.
                if (try? FileManager.default.removeItem(atPath: path.string)) != nil {
                    stolen.add(1, ordering: .relaxed)
                }
            }
        }
    }

    var booty: Int { stolen.load(ordering: .relaxed) }

    func stop() { isDone.store(true, ordering: .relaxed) }
}

struct RunLockTests {
    @Test func lendsTheLockOnce() throws {
        let folder = try FilesFolder()
        let path = folder.path.appending("run").appending("lock")
        do {
            let lock = try RunLock.acquire(at: path)
            #expect((lock != nil) == true)
            let second = try RunLock.acquire(at: path)
            #expect((second == nil) == true)
            withExtendedLifetime(lock != nil) {}
            _ = consume lock
        }
        // The file stays, and is free: like the one of a process that died.
        #expect(FileManager.default.fileExists(atPath: path.string))
        let again = try RunLock.acquire(at: path)
        #expect((again != nil) == true)
    }

    @Test func freesALockThatAChildStillShares() throws {
        let folder = try FilesFolder()
        let path = folder.path.appending("lock")
        let lock = try RunLock.acquire(at: path)
        #expect((lock != nil) == true)
        // What a child has between fork(2) and execve(2).
        let number = try #require(
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { CInt($0) }.first {
                // Other tests close theirs meanwhile.
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path.string
            })
        let shared = dup(number)
        defer { close(shared) }
        let second = try RunLock.acquire(at: path)
        #expect((second == nil) == true)
        _ = consume lock
        let third = try RunLock.acquire(at: path)
        #expect((third != nil) == true)
    }

    @Test func refusesALockThatSomebodyElseMayHaveMade() throws {
        let folder = try FilesFolder()
        try folder.file("victim")
        for path in [try folder.link("link", to: "victim"), try folder.fifo("fifo"), try folder.directory("lock")] {
            #expect(throws: FileError.self) { _ = try RunLock.acquire(at: path) }
        }
        try folder.directory("open", mode: 0o777)
        #expect(throws: FileError.self) { _ = try RunLock.acquire(at: folder.path.appending("open/lock")) }
    }
}

struct LogFileTests {
    @Test("116: a log that is a link, a FIFO or somebody else's stops the run")
    func refusesAPlaceThatOthersCouldHavePrepared() throws {
        let folder = try FilesFolder()
        try folder.file("real")
        try folder.command("/usr/bin/ln", folder.path.appending("real").string, folder.path.appending("hard").string)
        try folder.directory("sticky", mode: 0o1777)
        let cases: [(FilePath, FileError.Reason)] = [
            (try folder.link("link", to: "real"), .symbolicLink),
            (try folder.link("dangling", to: "nothing"), .symbolicLink),
            (try folder.fifo("fifo"), .notRegular(.fifo)),
            (try folder.directory("directory"), .notRegular(.directory)),
            (folder.path.appending("hard"), .hardLinked),
            (try folder.file("open", mode: 0o660), .writableByOthers(ModeBits(0o660))),
            (folder.path.appending("sticky/log"), .writableByOthers(ModeBits(0o1777))),
        ]
        for (path, reason) in cases {
            let error = #expect(throws: FileError.self) { _ = try LogFile.open(path) }
            #expect(error?.reason == reason, "\(path)")
        }
        #expect(try folder.names().contains("nothing") == false)
    }

    @Test("116: a log in a directory that others may write stops the run", arguments: [0o770, 0o707])
    func refusesADirectoryThatOthersMayWrite(mode: Int) throws {
        let folder = try FilesFolder()
        let directory = try folder.directory("log", mode: mode)
        let error = #expect(throws: FileError.self) { _ = try LogFile.open(directory.appending("audit.jsonl")) }
        #expect(error?.reason == .writableByOthers(ModeBits(UInt16(mode))))
        #expect(error?.culprit == directory)
    }

    @Test(.enabled(if: getuid() == 0, "giving files away needs root")) func refusesAForeignLog() throws {
        let folder = try FilesFolder()
        let file = try folder.file("log")
        try folder.setOwner(of: "log", 12_345)
        let error = #expect(throws: FileError.self) { _ = try LogFile.open(file) }
        #expect(error?.reason == .untrustedOwner(UserID(12_345)))
    }
}
