import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// Removing entries that others use: what the kernel knows of them decides.
struct EntryRemoverTests {
    /// What was used before this moment may go: an hour ago.
    private static let unusedSince = UInt32(SystemClock.now().seconds) - 3_600
    private static let old = Timestamp(seconds: Int64(unusedSince) - 7_200)

    /// Removes one name of a directory, as a plan made just now would.
    private func remove(
        _ name: FilePath, _ kind: InventoryEntry.Kind = .action, in directory: borrowing TemporaryDirectory,
        inode: UInt64? = nil, meanwhile: () throws -> Void = {}
    ) throws -> Removal {
        let inode = try inode ?? directory.status(name).identity.inode
        try meanwhile()
        let root = try Walk(directory.path, .kernel).root
        return EntryRemover(root: root, unusedSince: Self.unusedSince)
            .remove(Array(name.string.utf8)[...], kind, inode: inode, in: root.descriptor)
    }

    private func writeOld(_ name: FilePath, in directory: borrowing TemporaryDirectory) throws {
        try directory.write(name, "content")
        try directory.setTimes(name, accessed: Self.old, modified: Self.old)
    }

    @Test func removesWhatNobodyUses() throws {
        let directory = try TemporaryDirectory()
        try writeOld("entry", in: directory)
        let removal = try remove("entry", in: directory)
        guard case .removed(let size) = removal else {
            Issue.record("\(removal)")
            return
        }
        #expect(size.rawValue > 0)
        #expect(try !directory.exists("entry"))
    }

    @Test(arguments: [true, false]) func keepsWhatWasUsedMeanwhile(isRead: Bool) throws {
        let directory = try TemporaryDirectory()
        try writeOld("entry", in: directory)
        let now = SystemClock.now()
        let removal = try remove("entry", in: directory) {
            try directory.setTimes("entry", accessed: isRead ? now : nil, modified: isRead ? nil : now)
        }
        #expect(removal.isKept(.used), "\(removal)")
        #expect(try directory.exists("entry"))
    }

    /// A reader that came before, and has not read yet: its atime says nothing so far.
    @Test(arguments: [InventoryEntry.Kind.action, .plain])
    func keepsWhatSomebodyHasOpen(kind: InventoryEntry.Kind) throws {
        let directory = try TemporaryDirectory()
        try writeOld("entry", in: directory)
        let reader = try FileDescriptor.open(directory.path("entry"), .readOnly, options: .closeOnExec)
        let kept = try remove("entry", kind, in: directory)
        #expect(kept.isKept(.open), "\(kept)")
        #expect(try directory.exists("entry"))
        try reader.close()
        // A process that another test starts has what was open here until its execve(2).
        var removal = try remove("entry", kind, in: directory)
        for _ in 0..<500 where removal.isKept(.open) {
            Thread.sleep(forTimeInterval: 0.01)
            removal = try remove("entry", kind, in: directory)
        }
        #expect(removal.isRemoved, "\(removal)")
    }

    /// An output that nobody can find any more: who has it open keeps what they opened.
    @Test func anOpenOutputStaysReadable() throws {
        let directory = try TemporaryDirectory()
        try writeOld("entry", in: directory)
        let reader = try FileDescriptor.open(directory.path("entry"), .readOnly)
        let removal = try remove("entry", .output, in: directory)
        #expect(removal.isRemoved, "\(removal)")
        #expect(try reader.closeAfter { try reader.readOnce() } == 7)
    }

    @Test func keepsWhatIsBeingExecuted() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("tool")
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: directory.path("tool/tool").string)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: directory.path("tool/tool").string)
        process.arguments = ["60"]
        try process.run()
        defer { process.terminate() }
        for name: FilePath in ["tool/tool", "tool"] {
            try directory.setTimes(name, accessed: Self.old, modified: Self.old)
        }
        let removal = try remove("tool", .executable, in: directory)
        #expect(removal.isKept(.open), "\(removal)")
        #expect(try directory.exists("tool/tool"))
    }

    @Test func removesAnExecutableWithItsDirectory() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("tool")
        try writeOld("tool/main", in: directory)
        try directory.setTimes("tool", modified: Self.old)
        #expect(try remove("tool", .executable, in: directory).isRemoved)
        #expect(try !directory.exists("tool"))
    }

    @Test func keepsADirectoryThatHoldsMore() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("tool")
        for name in ["tool/main", "tool/more"] { try writeOld(FilePath(name), in: directory) }
        try directory.setTimes("tool", modified: Self.old)
        #expect(try remove("tool", .executable, in: directory).isKept(.refused))
        #expect(try directory.exists("tool/main") && directory.exists("tool/more"))
    }

    /// Catalogue 15: a fresh one took the name between plan and removal.
    @Test func keepsAnotherInode() throws {
        let directory = try TemporaryDirectory()
        try writeOld("entry", in: directory)
        try writeOld("fresh", in: directory)
        let removal = try remove("entry", in: directory) {
            try FileManager.default.removeItem(atPath: directory.path("entry").string)
            try FileManager.default.moveItem(
                atPath: directory.path("fresh").string, toPath: directory.path("entry").string)
        }
        #expect(removal.isKept(.replaced), "\(removal)")
        #expect(try directory.exists("entry"))
    }

    /// Catalogue 1 to 4, 17 and 34: what an entry has turned into is never followed, and never removed.
    @Test(arguments: ["link", "dangling", "loop", "hard", "fifo", "directory"])
    func keepsWhatIsNoEntry(kind: String) throws {
        let directory = try TemporaryDirectory()
        try writeOld("victim", in: directory)
        switch kind {
        case "link": try directory.makeSymbolicLink("entry", to: directory.path("victim"))
        case "dangling": try directory.makeSymbolicLink("entry", to: directory.path("nothing"))
        case "loop": try directory.makeSymbolicLink("entry", to: directory.path("entry"))
        case "hard": try directory.makeHardLink("entry", to: "victim")
        case "fifo": try directory.makeFIFO("entry")
        default: try directory.makeDirectory("entry")
        }
        let before = try TreeSnapshot(of: directory.path)
        let removal = try remove("entry", .output, in: directory)
        #expect(removal.isKept(.replaced) || removal.isKept(.refused), "\(removal)")
        #expect(try TreeSnapshot(of: directory.path).differences(from: before).isEmpty)
    }

    @Test func saysThatItIsGone() throws {
        let directory = try TemporaryDirectory()
        guard case .vanished = try remove("entry", in: directory, inode: 7) else {
            Issue.record("a missing name has vanished")
            return
        }
    }

    @Test(arguments: ["..", "a/b", "."]) func neverLeavesTheDirectory(name: String) throws {
        let directory = try TemporaryDirectory()
        let removal = try remove(FilePath(name), in: directory, inode: 7)
        #expect(removal.isKept(.refused) || removal.isKept(.replaced), "\(removal)")
    }

    /// Readers do as Go does: read the action, look whether the output is there (if not, that is a miss), and open it later.
    /// None that found the output may lose it, however the threads fall.
    @Test(.timeLimit(.minutes(30))) func noReaderLosesWhatItFound() throws {
        let directory = try TemporaryDirectory()
        let root = try Walk(directory.path, .kernel).root
        var (kept, removed, rounds) = (0, 0, 0)
        while rounds < 300 || (rounds < 20_000 && (kept == 0 || removed == 0)) {
            rounds += 1
            let inodes = try ["action", "output"].map { name in
                try writeOld(FilePath(name), in: directory)
                return try directory.status(FilePath(name)).identity.inode
            }
            let race = Race(action: directory.path("action"), output: directory.path("output"))
            WorkerThreads.run(4) { thread in
                race.awaitAll(4)
                guard thread > 0 else { return race.remove(inodes, below: root, unusedSince: Self.unusedSince) }
                race.read()
            }
            let isLost = try race.hasFound.load(ordering: .relaxed) && !directory.exists("output")
            #expect(!isLost, "a reader found an output that is gone now")
            if race.wasKept.load(ordering: .relaxed) { kept += 1 } else { removed += 1 }
            for name in ["action", "output"] where try directory.exists(FilePath(name)) {
                try directory.remove(FilePath(name))
            }
        }
        #expect(kept > 0 && removed > 0, "in \(rounds) rounds the readers came too early or too late: void")
    }
}

/// One round: three readers against one that removes.
private final class Race: Sendable {
    let hasFound = Atomic<Bool>(false)
    let wasKept = Atomic<Bool>(false)
    private let ready = Atomic<Int>(0)
    private let action: FilePath
    private let output: FilePath

    init(action: FilePath, output: FilePath) {
        self.action = action
        self.output = output
    }

    func awaitAll(_ count: Int) {
        ready.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while ready.load(ordering: .sequentiallyConsistent) < count {}
    }

    func read() {
        // No name is a miss, which every build can live with.
        guard let file = try? FileDescriptor.open(action, .readOnly) else { return }
        // What it finds does not matter, that it reads does.
        _ = try? file.readOnce()
        // As above.
        try? file.close()
        if FileManager.default.fileExists(atPath: output.string) { hasFound.store(true, ordering: .relaxed) }
    }

    func remove(_ inodes: [UInt64], below root: PinnedRoot, unusedSince: UInt32) {
        let remover = EntryRemover(root: root, unusedSince: unusedSince)
        let first = remover.remove(Array("action".utf8)[...], .action, inode: inodes[0], in: root.descriptor)
        guard first.isRemoved else { return wasKept.store(true, ordering: .relaxed) }
        _ = remover.remove(Array("output".utf8)[...], .output, inode: inodes[1], in: root.descriptor)
    }
}

extension Removal {
    fileprivate var isRemoved: Bool {
        if case .removed = self { true } else { false }
    }

    fileprivate func isKept(_ reason: KeptReason) -> Bool {
        if case .kept(reason) = self { true } else { false }
    }
}

extension FileDescriptor {
    fileprivate func readOnce() throws -> Int {
        try unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { try unsafe read(into: $0) }
    }
}
