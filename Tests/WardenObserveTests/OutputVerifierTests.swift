import SystemPackage
import Testing
import WardenDigest
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

@Suite("Outputs and their names") struct OutputVerifierTests {
    /// What can become of a file's content.
    enum Damage: CaseIterable {
        case flipped, truncated, extended, emptied

        func applied(to content: [UInt8]) -> [UInt8] {
            var bytes = content
            switch self {
            case .flipped: bytes[bytes.count / 2] ^= 1
            case .truncated: bytes.removeLast()
            case .extended: bytes.append(0)
            case .emptied: bytes = []
            }
            return bytes
        }
    }

    /// Larger than the buffer that files are read with, and no multiple of it.
    private static let large = SeededGenerator.content(ContentBuffer.size * 2 + 77)

    @Test(arguments: [1, 2, 7]) func match(threads: Int) throws {
        let directory = try TemporaryDirectory()
        var size = 0
        for length in [0, 1, 63, ContentBuffer.size - 1, ContentBuffer.size, ContentBuffer.size + 1] {
            let content = SeededGenerator.content(length)
            try HashedCache.add(content, in: directory)
            size += length
        }
        _ = try HashedCache.addExecutable(Self.large, in: directory)
        // Neither is an output: an action, and a name that Go does not make.
        try directory.write(
            HashedCache.path(of: Self.large).removingLastComponent().appending("stranger-d"), "anything")
        try directory.write("cache/README", "x")
        let result = try HashedCache.verify(directory, threads: threads)
        #expect(result.matching == 7)
        #expect(result.matchingSize == ByteCount(UInt64(size + Self.large.count)))
        #expect(result.hashed == result.matchingSize)
        #expect(result.mismatches.isEmpty && result.omitted.isEmpty)
        #expect(!result.isInterrupted && result.isRecognised)
    }

    @Test(arguments: Damage.allCases) func differWhateverBecameOfTheContent(damage: Damage) throws {
        let directory = try TemporaryDirectory()
        try HashedCache.add([1, 2, 3], in: directory)
        let path = try HashedCache.add(Self.large, in: directory)
        let damaged = damage.applied(to: Self.large)
        try directory.write(path, damaged)
        try directory.setTimes(path, modified: HashedCache.longAgo)
        let result = try HashedCache.verify(directory)
        #expect(result.matching == 1)
        let status = try directory.status(path)
        let expected = OutputVerification.Mismatch(
            entry: HashedCache.relative(path), inode: status.identity.inode, file: HashedCache.relative(path),
            owner: status.owner, size: ByteCount(UInt64(damaged.count)), modified: HashedCache.longAgo,
            contentHash: "\(SHA256Digest(of: damaged))")
        #expect(result.mismatches == [expected])
        #expect(result.mismatchCount == 1)
    }

    @Test func giveAnExecutablesDirectoryToWhoeverRemovesIt() throws {
        let directory = try TemporaryDirectory()
        let file = try HashedCache.addExecutable(Self.large, in: directory)
        try directory.write(file, Damage.flipped.applied(to: Self.large))
        try directory.setTimes(file, modified: HashedCache.longAgo)
        let mismatch = try #require(try HashedCache.verify(directory).mismatches.first)
        #expect(mismatch.file == HashedCache.relative(file))
        #expect(mismatch.entry == HashedCache.relative(file.removingLastComponent()))
        #expect(mismatch.inode == (try directory.status(file.removingLastComponent())).identity.inode)
    }

    @Test func areSortedByPath() throws {
        let directory = try TemporaryDirectory()
        for number in 0..<60 {
            let path = try HashedCache.add([UInt8(number)], in: directory)
            try directory.write(path, "bad")
            try directory.setTimes(path, modified: HashedCache.longAgo)
        }
        let paths = try HashedCache.verify(directory, threads: 4).mismatches.map(\.file)
        #expect(paths.count == 60)
        #expect(paths == paths.sorted())
    }

    @Test func leaveNoTraceOfBeingRead() throws {
        let directory = try TemporaryDirectory()
        // Under relatime a read shows where the atime is not later than the mtime.
        var paths = [try HashedCache.add(Self.large, in: directory), try HashedCache.add([], in: directory)]
        paths.append(try HashedCache.addExecutable([5], in: directory))
        paths += paths.map { $0.removingLastComponent() } + ["cache"]
        for path in paths { try directory.setTimes(path, accessed: Timestamp(seconds: 1_000_000_000)) }
        #expect(try HashedCache.verify(directory).matching == 3)
        for path in paths {
            #expect(try FileStatus.accessTime(of: directory.path(path)) == Timestamp(seconds: 1_000_000_000))
        }
        let before = try TreeSnapshot(of: directory.path)
        #expect(try HashedCache.verify(directory).matching == 3)
        #expect(try TreeSnapshot(of: directory.path).differences(from: before).isEmpty)
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming another user takes root"))
    func areNotReadWhereThatWouldCountAsAUse() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        let readable = try HashedCache.add([1], in: directory)
        let closed = try HashedCache.add([2], in: directory)
        try directory.setMode(closed, ModeBits(0o600))
        let own = try HashedCache.add([3], in: directory)
        try directory.setOwnership(own, owner: UserID(rawValue: 65_534))
        let top = directory.path
        let result = try TestProcess.asUser(UserID(rawValue: 65_534), GroupID(rawValue: 65_534)) {
            // One thread: only the caller's is the other user's.
            try OutputVerifier(
                top: top, path: "/cache", threads: 1, now: { HashedCache.now }, isInterrupted: { false }
            ).verify()
        }
        #expect(result.matching == 1)
        #expect(result.omitted[.accessTimeWouldMove]?.examples == [HashedCache.relative(readable)])
        #expect(result.omitted[.unreadable(.permissionDenied)]?.examples == [HashedCache.relative(closed)])
        #expect(result.omitted.count == 2)
    }

    @Test func endWhereASignalComes() throws {
        let directory = try TemporaryDirectory()
        for number in 0..<100 { try HashedCache.add([UInt8(number)], in: directory) }
        let asked = Count()
        let result = try HashedCache.verify(directory, threads: 1, isInterrupted: { asked.increase() > 50 })
        #expect(result.isInterrupted)
        #expect((1..<100).contains(result.checked))
        #expect(result.mismatches.isEmpty)
        // Also inside a file: nobody waits for the end of a large one.
        try directory.removeTree("cache")
        try directory.makeDirectory("cache")
        let path = HashedCache.path(of: [1])
        try HashedCache.makeParents(of: path, in: directory)
        try directory.makeSparseFile(path, size: ByteCount(1 << 33))
        let soon = Count()
        let sparse = try HashedCache.verify(directory, threads: 1, isInterrupted: { soon.increase() > 10 })
        #expect(sparse.isInterrupted && sparse.checked == 0)
    }

    @Test func areExpectedInWhatGoMade() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        #expect(try HashedCache.verify(directory).isRecognised, "an empty directory may become a cache")
        try directory.write("cache/letter.txt", "x")
        try directory.makeDirectory("cache/ab")
        #expect(try !HashedCache.verify(directory).isRecognised)
        try directory.write("cache/trim.txt", "1")
        #expect(try HashedCache.verify(directory).isRecognised)
        try directory.remove("cache/trim.txt")
        try HashedCache.add([1], in: directory)
        #expect(try HashedCache.verify(directory).isRecognised)
    }

    @Test func areKeptOneByOneUpToALimit() {
        var first = OutputVerification()
        let mismatch = OutputVerification.Mismatch(
            entry: .root, inode: 1, file: .root, owner: .root, size: .zero, modified: HashedCache.now, contentHash: "")
        for _ in 0..<(OutputVerification.mismatchLimit - 1) { first.add(mismatch) }
        let second = first
        first.add(second)
        first.add(mismatch)
        #expect(first.mismatches.count == OutputVerification.mismatchLimit)
        #expect(first.mismatchCount == OutputVerification.mismatchLimit * 2 - 1)
    }
}

extension SeededGenerator {
    /// Returns bytes that are the same for the same length.
    static func content(_ length: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(length))
        return generator.bytes(length)
    }
}
