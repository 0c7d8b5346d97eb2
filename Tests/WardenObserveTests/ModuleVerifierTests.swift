import Synchronization
import SystemPackage
import Testing
import WardenDigest
import WardenGoCache
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// Module caches at `/cache` below a directory that stands for `/`, with hashes that are right until a test damages them.
@Suite("Trees of modules and their hashes") struct ModuleVerifierTests {
    private static let now = FakeClock().now()
    private static let tree: FilePath = "cache/example.com/!a/lib@v1.0.0"
    private static let downloads: FilePath = "cache/cache/download/example.com/!a/lib/@v"

    /// Makes a version with these files, all of them older than any download.
    private static func make(in directory: borrowing TemporaryDirectory) throws {
        let files: [(String, [UInt8])] = [
            ("go.mod", Array("module example.com/A/lib\n".utf8)), ("lib.go", SeededGenerator.content(300_000)),
            ("sub/deep/x.go", []),
        ]
        for path: FilePath in [tree.appending("sub").appending("deep"), downloads] {
            var parent = FilePath()
            for name in path.components {
                parent.append(name)
                if try !directory.exists(parent) { try directory.makeDirectory(parent) }
            }
        }
        for (name, content) in files { try directory.write(tree.pushing(FilePath(name)), content) }
        let version = try #require(ModuleVersion(path: "example.com/A/lib", version: "v1.0.0"))
        let digests = files.map {
            ModuleHash.File(path: Array($0.0.utf8), digest: SHA256Digest(of: $0.1).bytes)
        }
        let hash = try #require(ModuleHash(of: digests, in: version) { SHA256Digest(of: $0).bytes })
        for (suffix, text) in [("info", "x"), ("mod", "x"), ("zip", "x"), ("ziphash", hash.text), ("lock", "")] {
            try directory.write(downloads.appending("v1.0.0.\(suffix)"), text)
        }
        try age(directory)
    }

    private static func age(_ directory: borrowing TemporaryDirectory) throws {
        let old = Timestamp(seconds: now.seconds - 86_400)
        for suffix in ["info", "mod", "zip", "ziphash", "lock", "partial"] {
            let path = downloads.appending("v1.0.0.\(suffix)")
            if try directory.exists(path) { try directory.setTimes(path, accessed: old, modified: old) }
        }
        if try directory.exists(tree) { try directory.setTimes(tree, accessed: old, modified: old) }
    }

    private static func verify(
        _ directory: borrowing TemporaryDirectory, threads: Int = 2,
        isInterrupted: @escaping @Sendable () -> Bool = { false },
        pause: @escaping @Sendable (Duration) -> Void = { _ in }
    ) throws -> ModuleVerification {
        try ModuleVerifier(
            top: directory.path, path: "/cache", threads: threads, now: { now }, pause: pause,
            isInterrupted: isInterrupted
        ).verify()
    }

    @Test(arguments: [1, 3]) func matchWhenNobodyTouchedThem(threads: Int) throws {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        let result = try Self.verify(directory, threads: threads)
        #expect(result.matching == 1 && result.damageCount == 0 && result.omitted.isEmpty)
        #expect(result.matchingSize.rawValue == 300_025 && result.hashed == result.matchingSize)
        #expect(result.isRecognised && !result.isInterrupted)
    }

    @Test func differWhenOneByteDoes() throws {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        var content = SeededGenerator.content(300_000)
        content[299_999] ^= 1
        try directory.write(Self.tree.appending("lib.go"), content)
        let result = try Self.verify(directory)
        #expect(result.matching == 0)
        let damage = try #require(result.damages.first)
        #expect(damage.version.path == RelativePath("example.com/!a/lib@v1.0.0") && damage.faults.isEmpty)
        guard case .tree(let wanted, let found?) = damage.difference else {
            Issue.record("\(damage)")
            return
        }
        #expect(wanted != found && wanted.hasPrefix("h1:") && found.hasPrefix("h1:"))
    }

    enum Attack: CaseIterable {
        case symbolicLink, linkedFolder, hardLink, fifo, linkedTree, linkedHash, fifoHash, deep

        var refusal: Refusal {
            switch self {
            case .symbolicLink, .linkedFolder, .linkedTree, .linkedHash: .symbolicLink
            case .hardLink: .hardLink
            case .fifo, .fifoHash: .specialFile
            case .deep: .tooDeep
            }
        }
    }

    /// Nothing is followed, nothing waited for, and the answer is in doubt.
    @Test(.timeLimit(.minutes(30)), arguments: Attack.allCases) func areNotReadWhenTheyAreNotGoes(attack: Attack) throws
    {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        try directory.makeDirectory("outside")
        try directory.write("outside/secret", "secret")
        let secret = directory.path("outside/secret")
        let hash = Self.downloads.appending("v1.0.0.ziphash")
        switch attack {
        case .symbolicLink: try directory.makeSymbolicLink(Self.tree.appending("x"), to: secret)
        case .linkedFolder: try directory.makeSymbolicLink(Self.tree.appending("x"), to: directory.path("outside"))
        case .hardLink: try directory.makeHardLink(Self.tree.appending("x"), to: "outside/secret")
        case .fifo: try directory.makeFIFO(Self.tree.appending("x"))
        case .linkedTree:
            try directory.rename(Self.tree, to: "outside/tree")
            try directory.makeSymbolicLink(Self.tree, to: directory.path("outside/tree"))
        case .linkedHash:
            try directory.rename(hash, to: "outside/hash")
            try directory.makeSymbolicLink(hash, to: directory.path("outside/hash"))
        case .fifoHash:
            try directory.remove(hash)
            try directory.makeFIFO(hash)
        case .deep: try directory.makeDeepChain(Self.tree.appending("chain"), depth: 40)
        }
        let result = try Self.verify(directory)
        #expect(result.omitted.keys.map { $0 } == [.refused(attack.refusal)], "\(result)")
        #expect(result.checked == 0, "\(result)")
    }

    @Test func aHashOfAnyLengthIsReadNoFurtherThanAHashGoes() throws {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        let hash = Self.downloads.appending("v1.0.0.ziphash")
        let file = try FileDescriptor.open(directory.path(hash), .writeOnly)
        try file.closeAfter { try file.resize(to: 1 << 30) }
        try Self.age(directory)
        let start = ContinuousClock.now
        let result = try Self.verify(directory)
        #expect(result.damages.map(\.difference) == [.ziphash])
        #expect(result.hashed == .zero && ContinuousClock.now - start < .seconds(2))
    }

    @Test func aSignalEndsAFileOfAnySize() throws {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        let path = Self.tree.appending("large")
        try directory.write(path, "")
        let file = try FileDescriptor.open(directory.path(path), .writeOnly)
        try file.closeAfter { try file.resize(to: 10 << 30) }
        let asked = Mutex(0)
        let result = try Self.verify(
            directory, threads: 1,
            isInterrupted: {
                asked.withLock { count in
                    count += 1
                    return count > 60
                }
            })
        #expect(result.isInterrupted && result.checked == 0)
        #expect(result.hashed.rawValue < 1 << 20)
    }

    /// What `go` does to a tree that it unpacks again: what moves between two looks is no damage.
    @Test func whatMovesBetweenTwoLooksIsBeingWritten() throws {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        let path = directory.path(Self.tree.appending("lib.go"))
        try directory.write(Self.tree.appending("lib.go"), "changing")
        let turns = Mutex(0)
        let result = try Self.verify(
            directory,
            pause: { _ in
                let turn = turns.withLock { turn in
                    turn += 1
                    return turn
                }
                do {
                    let file = try FileDescriptor.open(path, .writeOnly, options: .truncate)
                    try file.closeAfter { _ = try file.writeAll(Array("turn \(turn)".utf8)) }
                } catch {
                    Issue.record(error)
                }
            })
        #expect(result.damageCount == 0 && result.omitted.keys.map { $0 } == [.beingWritten])
        #expect(turns.withLock { $0 } == 2)
    }

    @Test func aMarkerThatComesMeanwhileIsNoDamage() throws {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        try directory.write(Self.tree.appending("lib.go"), "half")
        let marker = directory.path(Self.downloads.appending("v1.0.0.partial"))
        let result = try Self.verify(
            directory,
            pause: { _ in
                do {
                    let file = try FileDescriptor.open(
                        marker, .writeOnly, options: .create, permissions: .ownerReadWrite)
                    try file.close()
                } catch {
                    Issue.record(error)
                }
            })
        #expect(result.damageCount == 0 && result.omitted.keys.map { $0 } == [.beingWritten])
    }

    /// A member swaps a directory of the tree for a link to one outside, and back, as fast as it can.
    @Test(.timeLimit(.minutes(30))) func aSwappedDirectoryLeadsNowhere() throws {
        let directory = try TemporaryDirectory()
        try Self.make(in: directory)
        try directory.makeDirectory("outside")
        try directory.write("outside/deep", "secret")
        let sub = Self.tree.appending("sub")
        try directory.makeSymbolicLink("link", to: directory.path("outside"))
        let attacker = Attacker.exchanging(directory.path(sub), directory.path("link"))
        for _ in 0..<200 {
            let result = try Self.verify(directory)
            #expect(result.damageCount == 0)
            #expect(result.hashed.rawValue % 300_025 == 0 || result.matching == 0, "\(result.hashed)")
        }
        #expect(attacker.stop() > 200)
    }

    @Test func whatIsNoModuleCacheIsNotRecognised() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("cache")
        #expect(try Self.verify(directory).isRecognised)
        try directory.write("cache/letter", "x")
        #expect(try !Self.verify(directory).isRecognised)
    }
}
