import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

@Suite("What only has an output's name") struct RefusedOutputTests {
    private static let content: [UInt8] = Array("honest".utf8)

    private func expectRefused(
        _ refusal: Refusal, at path: FilePath, in directory: borrowing TemporaryDirectory,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try HashedCache.verify(directory)
        #expect(result.checked == 0, sourceLocation: sourceLocation)
        #expect(
            result.omitted[.refused(refusal)]?.examples == [HashedCache.relative(path)],
            sourceLocation: sourceLocation)
        #expect(result.omitted.count == 1, sourceLocation: sourceLocation)
    }

    /// Makes the shard that the content's output stands in, and returns the output's path.
    private func place(in directory: borrowing TemporaryDirectory) throws -> FilePath {
        let path = HashedCache.path(of: Self.content)
        try HashedCache.makeParents(of: path, in: directory)
        return path
    }

    @Test func isNotFollowed() throws {
        let directory = try TemporaryDirectory()
        let path = try place(in: directory)
        // What it points to even has the right content.
        try directory.makeSymbolicLink(path, to: try directory.write("outside", Self.content))
        try expectRefused(.symbolicLink, at: path, in: directory)
    }

    @Test func isNotReadThroughASecondName() throws {
        let directory = try TemporaryDirectory()
        let path = try place(in: directory)
        try directory.write("outside", "secret")
        try directory.makeHardLink(path, to: "outside")
        try expectRefused(.hardLink, at: path, in: directory)
    }

    @Test func isNotOpenedWhereThatHasAnEffect() throws {
        let directory = try TemporaryDirectory()
        let path = try place(in: directory)
        try directory.makeFIFO(path)
        // Who opens a FIFO for writing waits until somebody opens it for reading.
        let fifo = directory.path(path)
        let opened = Count()
        let writer = BackgroundThread {
            // It is opened by this test itself at the end.
            guard let file = try? FileDescriptor.open(fifo, .writeOnly) else { return }
            opened.increase()
            // Nothing was written.
            try? file.close()
        }
        BackgroundThread.sleep(.milliseconds(50))
        for _ in 0..<20 { try expectRefused(.specialFile, at: path, in: directory) }
        BackgroundThread.sleep(.milliseconds(50))
        #expect(opened.current == 0, "the verification opened the FIFO")
        // Without waiting for a writer: there may be none any more.
        let reader = try FileDescriptor.open(fifo, .readOnly, options: .nonBlocking)
        writer.join()
        try reader.close()
    }

    @Test func isNoSocket() throws {
        let directory = try TemporaryDirectory()
        let path = try place(in: directory)
        try directory.makeSocket(path)
        try expectRefused(.specialFile, at: path, in: directory)
    }

    @Test func isNotEnteredThroughALink() throws {
        let directory = try TemporaryDirectory()
        try HashedCache.add(Self.content, in: directory)
        let shard = HashedCache.path(of: Self.content).removingLastComponent()
        try directory.rename(shard, to: "elsewhere")
        try directory.makeSymbolicLink(shard, to: directory.path("elsewhere"))
        try expectRefused(.symbolicLink, at: shard, in: directory)
    }

    @Test(.enabled(if: TestProcess.isRoot, "mounting takes root")) func isNotEnteredOnAnotherMount() throws {
        let directory = try TemporaryDirectory()
        let path = try HashedCache.add(Self.content, in: directory)
        let shard = path.removingLastComponent()
        try directory.makeDirectory("other")
        try directory.write(FilePath("other").appending(path.components.suffix(1)), Self.content)
        try directory.withBindMount(of: "other", at: shard, .readWrite) { _ in
            try expectRefused(.foreignMount, at: shard, in: directory)
        }
    }

    @Test func isNoExecutable() throws {
        let directory = try TemporaryDirectory()
        let file = try HashedCache.addExecutable(Self.content, in: directory)
        let path = file.removingLastComponent()
        try directory.write(path.appending("second"), Self.content)
        try expectRefused(.notOneExecutable, at: path, in: directory)
        try directory.remove(path.appending("second"))
        try directory.remove(file)
        try directory.makeDirectory(file)
        try expectRefused(.notOneExecutable, at: path, in: directory)
    }

    /// cmd/go makes an executable's directory before the executable; a crash leaves it empty.
    @Test func mayBeTheBeginningOfAnExecutable() throws {
        let directory = try TemporaryDirectory()
        let path = try place(in: directory)
        try directory.makeDirectory(path)
        try directory.setTimes(path, modified: HashedCache.longAgo)
        let old = try HashedCache.verify(directory)
        #expect(old.omitted[.unfinished]?.count == 1 && old.omitted.count == 1)
        try directory.setTimes(path, modified: HashedCache.now)
        let young = try HashedCache.verify(directory)
        #expect(young.omitted[.beingWritten]?.count == 1 && young.omitted.count == 1)
    }

    /// Somebody swaps a good output and a link to another file as fast as they can.
    @Test(.timeLimit(.minutes(30))) func isNeverReadInARace() throws {
        let directory = try TemporaryDirectory()
        let path = try HashedCache.add(Self.content, in: directory)
        try directory.write("outside", "secret")
        try directory.setTimes("outside", modified: HashedCache.longAgo)
        try directory.makeSymbolicLink("link", to: directory.path("outside"))
        let attacker = Attacker.exchanging(directory.path(path), directory.path("link"))
        var refused = 0
        var matching = 0
        for _ in 0..<2_000 {
            let result = try HashedCache.verify(directory, threads: 1)
            #expect(result.mismatches.isEmpty)
            refused += result.omitted[.refused(.symbolicLink)]?.count ?? 0
            matching += result.matching
        }
        #expect(attacker.stop() > 100)
        #expect(refused > 0 && matching > 0)
    }
}
