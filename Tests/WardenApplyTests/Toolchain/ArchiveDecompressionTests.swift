import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// A compressed archive on its way through `gzip`.
@Suite(.timeLimit(.minutes(30))) struct ArchiveDecompressionTests {
    /// Unpacks `a.tar.gz` into `root`, as an archive with another file's digest if there is one.
    private func unpack(
        in directory: borrowing TemporaryDirectory, digestOf name: FilePath = "a.tar.gz",
        limit: Duration = .seconds(600)
    ) throws {
        try directory.makeDirectory("root", mode: ModeBits(0o700))
        let root = try FileDescriptor.open(directory.path("root"), .readOnly, options: [.directory, .closeOnExec])
        let archive = try PinnedArchive(directory.path("a.tar.gz"), trusting: .rootAndCaller)
        try ArchiveDecompression(limit: limit, isInterrupted: { false })
            .unpack(
                archive, expecting: try ToolchainArchive.digest(of: name, in: directory), hash: ArchiveHash(),
                into: OwnedDescriptor(adopting: root))
    }

    /// Much more than fits into the pipes, both where it hardly compresses and where it compresses to nothing.
    @Test(arguments: ["/dev/urandom", "/dev/zero"]) func passesEveryByteOn(source: String) throws {
        let directory = try TemporaryDirectory()
        try ToolchainArchive.run(
            "cd \(directory.path); mkdir go; head -c 20000000 \(source) >go/a; tar -czf a.tar.gz go")
        try unpack(in: directory)
        try ToolchainArchive.run("cmp \(directory.path)/go/a \(directory.path)/root/a")
    }

    @Test func noticesAnArchiveThatIsNotTheOneThatWasHashed() throws {
        let directory = try TemporaryDirectory()
        try ToolchainArchive.run("cd \(directory.path); mkdir go; tar -czf a.tar.gz go; echo >other")
        #expect(throws: ArchiveError.changed) { try unpack(in: directory, digestOf: "other") }
    }

    @Test func endsWhenItsTimeIsOver() throws {
        let directory = try TemporaryDirectory()
        try ToolchainArchive.run("cd \(directory.path); mkdir go; tar -czf a.tar.gz go")
        #expect(throws: ArchiveError.timedOut) { try unpack(in: directory, limit: .zero) }
    }
}
