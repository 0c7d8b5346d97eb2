import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

@Suite("Outputs that builds are writing, or nobody honest wrote") struct UnsettledOutputTests {
    private static let content = SeededGenerator.content(100_000)

    /// Seconds from the last write to the look, and whether that is damage.
    @Test(arguments: [
        (3_600, true), (10, true), (9, false), (0, false), (-9, false), (-10, true), (-400 * 86_400, true),
    ]) func areDamageOnceNoBuildCanBeAtThem(age: Int64, isDamage: Bool) throws {
        let directory = try TemporaryDirectory()
        let path = try HashedCache.add(Self.content, in: directory)
        try directory.write(path, Self.content.dropLast())
        try directory.setTimes(path, modified: Timestamp(seconds: HashedCache.now.seconds - age))
        let pauses = Count()
        let result = try HashedCache.verify(directory, pause: { _ in pauses.increase() })
        #expect(result.mismatchCount == (isDamage ? 1 : 0))
        #expect(result.omitted[.beingWritten]?.count == (isDamage ? nil : 1))
        #expect(pauses.current == (isDamage ? 0 : OutputVerifier.pauses.count))
    }

    @Test(arguments: 1...5) func matchOnceTheyAreWhole(turn: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try HashedCache.add(Self.content, in: directory)
        try directory.write(path, Self.content.dropLast())
        try directory.setTimes(path, modified: HashedCache.now)
        let file = directory.path(path)
        let pauses = Count()
        let result = try HashedCache.verify(
            directory,
            pause: { _ in
                guard pauses.increase() == turn else { return }
                // What the test's file system refuses shows as a missing match.
                try? Self.write(Self.content, to: file)
            })
        #expect(result.matching == 1)
        #expect(result.omitted.isEmpty && result.mismatches.isEmpty)
        #expect(pauses.current == turn)
    }

    @Test func vanishWithoutAWord() throws {
        let directory = try TemporaryDirectory()
        let path = try HashedCache.add(Self.content, in: directory)
        try directory.write(path, "half")
        try directory.setTimes(path, modified: HashedCache.now)
        let shard = directory.path(path).removingLastComponent()
        let result = try HashedCache.verify(
            directory,
            pause: { _ in
                // As above.
                try? FixtureCalls.removeTree(shard)
            })
        #expect(result.checked == 0)
        #expect(result.omitted[.vanished]?.count == 1)
    }

    /// One thread writes as cmd/go does, all but the last byte first, without a pause; another verifies.
    @Test(.timeLimit(.minutes(30))) func areNeverCalledDamaged() throws {
        let directory = try TemporaryDirectory()
        let path = try HashedCache.add(Self.content, in: directory)
        // cmd/go cuts no output that is whole, so no old time stands here. It would: while a file is cut, its size changes
        // before its times do, and fstat(2) waits for no lock.
        try directory.setTimes(path, modified: SystemClock.now())
        let file = directory.path(path)
        let writer = Attacker { turn in
            try Self.write(turn.isMultiple(of: 2) ? [] : Self.content.dropLast(), to: file)
            try Self.write(Self.content, to: file)
        }
        let pauses = Count()
        for _ in 0..<5_000 where pauses.current < 40 {
            let result = try OutputVerifier(
                top: directory.path, path: "/cache", threads: 1, now: { SystemClock.now() },
                pause: { _ in
                    pauses.increase()
                    BackgroundThread.sleep(.milliseconds(1))
                }, isInterrupted: { false }
            ).verify()
            #expect(result.mismatches.isEmpty)
            #expect(result.matching + (result.omitted[.beingWritten]?.count ?? 0) == 1)
        }
        #expect(writer.stop() > 0)
        #expect(pauses.current >= 40, "the writer was not met in the middle of its work")
    }

    /// A hit re-stamps an output's times while it is read: it is as good as before.
    @Test(.timeLimit(.minutes(30))) func matchThoughTheirTimesMove() throws {
        let directory = try TemporaryDirectory()
        let path = try HashedCache.add(SeededGenerator.content(4_000_000), in: directory)
        let file = directory.path(path)
        let toucher = Attacker { turn in
            try FixtureCalls.setTimes(
                of: file, accessed: nil, modified: Timestamp(seconds: 1_700_000_000 + Int64(turn)))
        }
        let pauses = Count()
        for _ in 0..<500 where pauses.current < 10 {
            let result = try HashedCache.verify(directory, threads: 1, pause: { _ in pauses.increase() })
            #expect(result.matching == 1)
            #expect(result.omitted.isEmpty && result.mismatches.isEmpty)
        }
        #expect(toucher.stop() > 0)
        #expect(pauses.current >= 10, "the times did not move while the file was read")
    }

    private static func write(_ content: some Sequence<UInt8>, to path: FilePath) throws {
        let file = try FileDescriptor.open(path, .writeOnly, options: [.truncate, .noFollow])
        try file.closeAfter { _ = try file.writeAll(content) }
    }
}
