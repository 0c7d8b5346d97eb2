import SystemPackage
import Testing
import WardenModel
import WardenObserve
import WardenTestSupport

struct ToolchainObserverTests {
    private static let hex = String(repeating: "ab", count: 32)

    /// A directory that stands for `/`, with something that looks like a toolchain at `/local/go`.
    private func host() throws -> TemporaryDirectory {
        let top = try TemporaryDirectory()
        try top.makeDirectory("local")
        for name: FilePath in ["local/go", "local/go/bin", "local/go/pkg", "local/go/pkg/tool"] {
            try top.makeDirectory(name)
        }
        try top.write("local/go/VERSION", "go1.99\ntime 2026-10-19T22:20:36Z\n")
        try top.write("local/go/bin/go", "", mode: ModeBits(0o755))
        return top
    }

    private func observe(_ top: borrowing TemporaryDirectory) -> ToolchainObservation {
        ToolchainObserver(top: top.path).observe("/local/go", archive: "/go.tar.gz")
    }

    @Test func seesAToolchain() throws {
        let top = try host()
        let root = try top.status("local/go").identity
        let version = try #require(ToolchainVersion("go1.99"))
        #expect(
            observe(top)
                == ToolchainObservation(
                    path: "/local/go",
                    standing: .toolchain(StandingToolchain(root: root, version: version, archive: nil)),
                    archivePath: "/go.tar.gz", archive: .missing))
        try top.write("local/go/.cachewarden-archive", "sha256:\(Self.hex)\ngo1.99\n")
        try top.write("go.tar.gz", "12345")
        let seen = observe(top)
        #expect(
            seen.standing
                == .toolchain(StandingToolchain(root: root, version: version, archive: ArchiveDigest(Self.hex))))
        #expect(seen.archive == .present(ByteCount(5)))
    }

    @Test(arguments: ["sha256:\(hex)\ngo1.98\n", "sha256:\(hex)\n", "x"])
    func believesNoMarkerThatDoesNotFit(marker: String) throws {
        let top = try host()
        try top.write("local/go/.cachewarden-archive", marker)
        guard case .toolchain(let toolchain) = observe(top).standing else {
            Issue.record("there is no toolchain")
            return
        }
        #expect(toolchain.archive == nil)
    }

    @Test func seesWhatIsNoToolchain() throws {
        let top = try host()
        let none = ToolchainObservation.Standing.other("a directory without a Go toolchain")
        try top.write("local/go/VERSION", "1.99\n")
        #expect(observe(top).standing == none)
        try top.write("local/go/VERSION", "go1.99\n")
        try top.removeTree("local/go/pkg/tool")
        #expect(observe(top).standing == none)
        try top.makeDirectory("local/go/pkg/tool")
        try top.remove("local/go/bin/go")
        #expect(observe(top).standing == none)
        try top.makeSymbolicLink("local/go/bin/go", to: "/bin/true")
        #expect(observe(top).standing == none)
        try top.removeTree("local/go/bin")
        try top.makeSymbolicLink("local/go/bin", to: "/usr/local/go/bin")
        #expect(observe(top).standing == none)
        try top.rename("local/go", to: "local/elsewhere")
        #expect(observe(top).standing == .missing)
        try top.makeSymbolicLink("local/go", to: "elsewhere")
        #expect(observe(top).standing == .other("a symbolic link"))
        try top.remove("local/go")
        try top.write("local/go", "")
        #expect(observe(top).standing == .other("a file"))
    }

    @Test(arguments: ["local", "local/go", "local/go/VERSION", "local/go/bin", "local/go/bin/go"])
    func believesNothingThatOthersCanWrite(name: String) throws {
        let top = try host()
        let mode = try top.status(FilePath(name)).mode
        try top.setMode(FilePath(name), ModeBits(mode.rawValue | 0o002))
        guard case .untrusted(let complaint) = observe(top).standing else {
            Issue.record("it is believed")
            return
        }
        #expect(complaint.contains("can be written by others than its owner"))
    }

    @Test func seesTheRemainsOfEarlierRuns() throws {
        for name: FilePath in ["local/.go.cachewarden-new", "local/.go.cachewarden-old"] {
            let top = try host()
            #expect(!observe(top).hasLeftovers)
            try top.makeDirectory(name)
            #expect(observe(top).hasLeftovers)
        }
    }

    @Test func usesNoArchiveThatIsNoFile() throws {
        let top = try host()
        try top.makeFIFO("go.tar.gz")
        guard case .unusable(let complaint) = observe(top).archive else {
            Issue.record("it is used")
            return
        }
        #expect(complaint.hasSuffix("is a FIFO, not a regular file"))
    }
}
