import Foundation
import Synchronization
import SystemPackage
import Testing
import WardenApply
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// What happens to toolchains that are run, and to what a killed run has left.
@Suite(.timeLimit(.minutes(30))) struct ToolchainLeaseTests {
    /// A host where `go1.98` stands, and `go1.99` is an archive.
    private func host() throws -> ToolchainHost {
        let host = try ToolchainHost()
        try host.packScript("old.tar.gz", version: "go1.98")
        try host.packScript("new.tar.gz")
        #expect(try host.install("old.tar.gz") == .installed(try version("go1.98")))
        return host
    }

    /// Runs the `go` of a tree beside the toolchain, and returns once it has it open.
    private func running(_ tree: String, in host: borrowing ToolchainHost) throws -> StandIn {
        let go = host.directory.path("local").appending(tree).appending("bin/go")
        let process = try StandIn(go, ["build"], environment: ["PATH": "/usr/bin:/bin"])
        while !(try isOpen(go, in: process.id)) { usleep(1_000) }
        return process
    }

    private func isOpen(_ path: FilePath, in process: Int32) throws -> Bool {
        let folder = "/proc/\(process)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).contains {
            // A descriptor may be closed between the list and the look.
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")) == path.string
        }
    }

    @Test func leavesAToolchainThatIsRun() throws {
        let host = try host()
        let before = try TreeSnapshot(of: host.path)
        let process = try running("go", in: host)
        let outcome = host.installer(waiting: .milliseconds(300)).install(try host.installation(of: "new.tar.gz"))
        #expect(outcome == .inUse)
        #expect(try host.names() == ["go"])
        #expect(try TreeSnapshot(of: host.path) == before)
        _ = consume process
        #expect(try host.install("new.tar.gz") == .installed(try version("go1.99")))
    }

    @Test func waitsForTheBuildsEnd() throws {
        let host = try host()
        let process = try running("go", in: host)
        let id = process.id
        var looks = 0
        // The wait looks for an interruption each time; by the tenth look after the version it waits for sure.
        let installer = host.installer(isInterrupted: {
            looks += 1
            if looks == 100 { kill(id, SIGKILL) }
            return false
        })
        #expect(installer.install(try host.installation(of: "new.tar.gz")) == .installed(try version("go1.99")))
        #expect(looks >= 100)
        _ = consume process
    }

    @Test func endsWhileItWaits() throws {
        let host = try host()
        let process = try running("go", in: host)
        var looks = 0
        let installer = host.installer(isInterrupted: {
            looks += 1
            return looks > 100
        })
        #expect(installer.install(try host.installation(of: "new.tar.gz")) == .interrupted)
        #expect(try host.names() == ["go"])
        #expect(host.standing()?.version == (try version("go1.98")))
        _ = consume process
    }

    /// A start that has found the old `go` by the time of the exchange waits, and is let go where it was.
    @Test func doesNotExchangeWhileSomebodyWaitsToStart() throws {
        let host = try host()
        let place = try ToolchainPlace(of: host.path, below: "/")
        let standing = try place.tree(.standing)
        let staged = try place.makeStaged()
        guard let lease = try standing.lease() else {
            Issue.record("there is no lease")
            return
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: host.path.appending("bin/go").string)
        process.arguments = ["version"]
        let starter = BackgroundThread { [process] in
            // It waits in execve(2) until the lease goes.
            try? process.run()
        }
        while !lease.isAsked { usleep(1_000) }
        guard case .asked = try place.exchange(standing.identity, holding: lease) else {
            Issue.record("it was exchanged")
            return
        }
        #expect(try place.tree(.standing).identity == standing.identity)
        _ = consume lease
        starter.join()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        try place.removeUnused(staged)
    }

    /// Looks for a file again and again, and counts how often it is not there.
    private final class Watch: Sendable {
        private let path: FilePath
        private let isOver = Atomic(false)
        let looks = Atomic(0)
        let misses = Atomic(0)

        init(_ path: FilePath) { self.path = path }

        func run() {
            while !isOver.load(ordering: .relaxed) {
                // What cannot be looked at is not there.
                if (try? FileStatus(of: path)) == nil { misses.add(1, ordering: .relaxed) }
                looks.add(1, ordering: .relaxed)
            }
        }

        func end() { isOver.store(true, ordering: .relaxed) }
    }

    @Test func hasAToolchainAtEveryMoment() throws {
        let host = try host()
        let watch = Watch(host.path.appending("VERSION"))
        let thread = BackgroundThread { watch.run() }
        for (archive, release) in [("new.tar.gz", "go1.99"), ("old.tar.gz", "go1.98"), ("new.tar.gz", "go1.99")] {
            #expect(try host.install(FilePath(archive)) == .installed(try version(release)))
        }
        watch.end()
        thread.join()
        #expect(watch.looks.load(ordering: .relaxed) > 1_000)
        #expect(watch.misses.load(ordering: .relaxed) == 0)
    }

    @Test func removesNothingThatWasPutInPlace() throws {
        let host = try ToolchainHost()
        let place = try ToolchainPlace(of: host.path, below: "/")
        let tree = try place.makeStaged()
        try tree.write(Array("go1.99\n".utf8), to: "VERSION")
        try place.place()
        try place.removeUnused(tree)
        #expect(try host.directory.exists("local/go/VERSION"))
    }

    @Test func keepsWhatWasReplacedAsLongAsItIsRun() throws {
        let host = try host()
        try host.directory.rename("local/go", to: "local/.go.cachewarden-old")
        let process = try running(".go.cachewarden-old", in: host)
        #expect(host.observe().hasLeftovers)
        #expect(host.installer().sweep(host.path) == .inUse)
        // Its name is what the next toolchain to be replaced needs.
        #expect(try host.install("new.tar.gz") == .inUse)
        #expect(try host.names() == [".go.cachewarden-old"])
        _ = consume process
        #expect(host.installer().sweep(host.path) == .clean)
        #expect(try host.names() == [])
        #expect(!host.observe().hasLeftovers)
    }

    /// A run that was killed between the exchange and the old toolchain's new name.
    @Test func keepsWhatWasExchangedAndNotRenamed() throws {
        let host = try host()
        try host.directory.rename("local/go", to: "local/.go.cachewarden-new")
        #expect(try host.install("old.tar.gz") == .installed(try version("go1.98")))
        #expect(try host.names() == ["go"])
        try host.directory.rename("local/go", to: "local/.go.cachewarden-new")
        let process = try running(".go.cachewarden-new", in: host)
        #expect(host.installer().sweep(host.path) == .inUse)
        #expect(try host.install("new.tar.gz") == .inUse)
        #expect(try host.directory.exists("local/.go.cachewarden-new/bin/go"))
        _ = consume process
        #expect(try host.install("new.tar.gz") == .installed(try version("go1.99")))
        #expect(try host.names() == ["go"])
    }

    /// Runs that were killed while they unpacked.
    @Test(arguments: ["", "mkdir -p bin src/a/b; : >src/a/b/c", "mkdir bin; : >bin/go"])
    func removesWhatWasNotUnpackedToItsEnd(script: String) throws {
        let host = try host()
        let staged = try host.directory.makeDirectory("local/.go.cachewarden-new", mode: ModeBits(0o700))
        try ToolchainArchive.run("cd \(staged)\n\(script)")
        #expect(host.observe().hasLeftovers)
        #expect(try host.install("new.tar.gz") == .installed(try version("go1.99")))
        #expect(try host.names() == ["go"])
    }

    @Test(.enabled(if: TestProcess.isRoot, "giving files away needs root")) func touchesNobodysLeftovers() throws {
        let host = try host()
        try host.directory.makeDirectory("local/.go.cachewarden-new")
        try host.directory.write("local/.go.cachewarden-new/x", "x")
        try host.directory.setOwnership("local/.go.cachewarden-new", owner: UserID(54_321))
        guard case .failed(let complaint) = try host.install("new.tar.gz") else {
            Issue.record("it was installed")
            return
        }
        #expect(complaint.contains("is owned by user 54321"))
        #expect(try host.directory.exists("local/.go.cachewarden-new/x"))
    }
}
