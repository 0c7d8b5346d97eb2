import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// What every other suite builds on must itself be sound.
@Suite("Test support") struct TestSupportTests {
    @Test func commandsLeaveNoDescriptorsBehind() throws {
        func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        let command = Command("/bin/true")
        for _ in 0..<5 { try command.run() }
        let before = try count()
        for _ in 0..<50 { try command.run() }
        // Other tests open files meanwhile.
        #expect(try count() < before + 40)
    }

    @Test func removesTreesWithHostileModesNamesAndDepths() throws {
        let parent = try TemporaryDirectory()
        let victim = try parent.write("victim", "stays")
        let path: FilePath
        do {
            let directory = try TemporaryDirectory(in: parent.path)
            path = directory.path
            try directory.makeDirectory("closed")
            try directory.makeDirectory("closed/inner")
            try directory.write("closed/inner/file", "x", mode: ModeBits(0))
            try directory.setMode("closed/inner", ModeBits(0))
            try directory.setMode("closed", ModeBits(0))
            try directory.write(FilePath(nameBytes: [0x66, 0xff, 0xfe, 0x0a]), "x")
            try directory.makeSymbolicLink("link", to: victim)
            try directory.makeSymbolicLink("upwards", to: parent.path)
            try directory.makeFIFO("fifo")
            try directory.makeSocket("socket")
            try directory.makeHardLink("hard", to: victim)
            try directory.makeDeepChain("deep", depth: 5_000)
            try directory.setMode("", ModeBits(0))
        }
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try FileStatus(of: path) }
        #expect(try parent.read("victim") == Array("stays".utf8))
    }

    @Test(arguments: [0o700, 0o2775, 0o000, 0o1777])
    func makesDirectoriesWithExactlyTheModeWhateverTheUmask(mode: UInt16) throws {
        let directory = try TemporaryDirectory(mode: ModeBits(mode))
        #expect(try directory.status().mode == ModeBits(mode))
    }

    @Test func keepsTheTimesThatAreNotSet() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "x")
        let accessed = try FileStatus.accessTime(of: directory.path("file"))
        try directory.setTimes("file", modified: Timestamp(seconds: 1_000, nanoseconds: 5))
        #expect(try directory.status("file").modified == Timestamp(seconds: 1_000, nanoseconds: 5))
        #expect(try FileStatus.accessTime(of: directory.path("file")) == accessed)
    }

    @Test func seesEveryKindOfChangeInSnapshots() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("a")
        try directory.write("a/file", "x")
        let before = try TreeSnapshot(of: directory.path)
        #expect(try TreeSnapshot(of: directory.path) == before)
        try directory.setMode("a/file", ModeBits(0o644))
        #expect(try TreeSnapshot(of: directory.path).differences(from: before) == [RelativePath("a/file")])
        try directory.remove("a/file")
        let differences = try TreeSnapshot(of: directory.path).differences(from: before)
        #expect(differences == [RelativePath("a"), RelativePath("a/file")])
    }

    @Test func makesSparseFilesOfAnySize() throws {
        let directory = try TemporaryDirectory()
        try directory.makeSparseFile("sparse", size: ByteCount(1 << 40))
        #expect(try directory.status("sparse").size == ByteCount(1 << 40))
        #expect(try directory.status("sparse").allocated == .zero)
    }

    @Test func repeatsItselfForTheSameSeed() {
        var first = SeededGenerator(seed: 7)
        var second = SeededGenerator(seed: 7)
        var other = SeededGenerator(seed: 8)
        let bytes = first.bytes(64)
        #expect(bytes == second.bytes(64))
        #expect(bytes != other.bytes(64))
    }

    @Test func movesTheFakeClockOnlyWhenTold() {
        let clock = FakeClock(Timestamp(seconds: 10, nanoseconds: 900_000_000))
        #expect(clock.now() == clock.now())
        clock.advance(seconds: 1, nanoseconds: 200_000_000)
        #expect(clock.now() == Timestamp(seconds: 12, nanoseconds: 100_000_000))
    }

    @Test func makesTreesInTheShapeOfAGoCache() throws {
        let directory = try TemporaryDirectory()
        let tree = try GoCacheTree(in: directory, pairs: 20)
        #expect(tree.actions.count == 20)
        for action in tree.actions {
            #expect(try directory.read(action).count == 175)
        }
    }
}
