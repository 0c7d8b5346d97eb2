import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// Copies of `sleep` that look like `go` commands to everybody, and what the observer makes of them.
struct BuildObserverTests {
    private typealias Evidence = RunningBuild.Evidence

    /// A cache at `cache`, another at `other`, and a toolchain that sleeps at `go`.
    private struct Host: ~Copyable {
        let directory: TemporaryDirectory
        let go: FilePath
        let root: InodeIdentity

        init() throws {
            let directory = try TemporaryDirectory()
            for name in ["cache", "other", "home", "go", "go/bin", "go/pkg", "go/pkg/tool"] as [FilePath] {
                try directory.makeDirectory(name)
            }
            let go = try directory.makeSleep("go/bin/go")
            let root = try directory.status("cache").identity
            self.go = go
            self.root = root
            self.directory = directory
        }

        var cache: String { directory.path("cache").string }
        var home: String { directory.path("home").string }

        func text(_ name: FilePath) -> String { directory.path(name).string }

        func build(by process: borrowing StandIn) throws -> RunningBuild? {
            try builds().first { $0.process == process.id }
        }

        func builds() throws -> [RunningBuild] { try BuildObserver().builds(on: root, at: directory.path("cache")) }

        func evidence(_ environment: [String: String]) throws -> Evidence? {
            try build(by: try StandIn(go, environment: environment))?.evidence
        }

        /// Writes a file that was there before any process of the test.
        func write(_ name: FilePath, _ content: String) throws {
            try directory.write(name, content)
            // Whoever began at this moment may have read what was there before; moments are known to 20 ms.
            let end = ContinuousClock.now + .milliseconds(60)
            while ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.01) }
        }
    }

    @Test func countsBuildsWhoseVariableNamesTheCache() throws {
        let host = try Host()
        let before = SystemClock.now()
        let process = try StandIn(host.go, environment: ["GOCACHE": host.cache])
        let after = SystemClock.now()
        let build = try #require(try host.build(by: process))
        #expect(build.evidence == .usesCache)
        #expect(build.activity == .building)
        #expect(build.user == TestProcess.user)
        #expect(build.command == "\(host.go) 60")
        #expect(build.startedAt < after && before.since(build.startedAt) < .milliseconds(25))
    }

    @Test func findsTheCacheByAnyOfItsPaths() throws {
        let host = try Host()
        try host.directory.makeSymbolicLink("link", to: "other/../cache")
        for path in [host.text("link"), host.cache + "/", host.cache + "/../cache/.", "/" + host.cache] {
            #expect(try host.evidence(["GOCACHE": path]) == .usesCache, "\(path)")
        }
    }

    @Test func findsTheCacheByItsPathEvenWhereAnotherTookItsPlace() throws {
        let host = try Host()
        try host.directory.rename("cache", to: "former")
        try host.directory.makeDirectory("cache")
        #expect(try host.evidence(["GOCACHE": host.cache]) == .usesCache)
        #expect(try host.evidence(["GOCACHE": host.text("former")]) == .usesCache)
        #expect(try host.evidence(["GOCACHE": host.text("other")]) == nil)
    }

    @Test func leavesOutBuildsWithAnotherCacheOrNone() throws {
        let host = try Host()
        try host.directory.write("file", "")
        try host.directory.makeSymbolicLink("loop", to: "loop")
        let values = [
            host.text("other"), host.text("missing"), host.text("file"), host.text("file/x"), host.text("loop"), "off",
            "cache", "/" + String(repeating: "x", count: 300),
        ]
        for value in values { #expect(try host.evidence(["GOCACHE": value]) == nil, "\(value)") }
        #expect(try host.evidence(["HOME": host.home]) == nil)
        #expect(try host.evidence([:]) == nil)
        #expect(try host.evidence(["HOME": host.home, "XDG_CACHE_HOME": "cache"]) == nil)
    }

    @Test func findsTheDefaultBelowTheHomeDirectories() throws {
        let host = try Host()
        for name in ["home/.cache", "xdg"] as [FilePath] {
            try host.directory.makeDirectory(name)
            try host.directory.makeSymbolicLink(name.appending("go-build"), to: FilePath(host.cache))
        }
        #expect(try host.evidence(["HOME": host.home]) == .usesCache)
        #expect(try host.evidence(["HOME": host.home, "GOCACHE": host.text("other")]) == nil)
        #expect(try host.evidence(["XDG_CACHE_HOME": host.text("xdg")]) == .usesCache)
        #expect(try host.evidence(["HOME": host.home, "XDG_CACHE_HOME": host.text("other")]) == nil)
    }

    @Test func readsTheEnvFiles() throws {
        let host = try Host()
        try host.directory.makeDirectory("home/.config")
        try host.directory.makeDirectory("home/.config/go")
        try host.write("home/.config/go/env", "GOCACHE=\(host.cache)\n")
        try host.write("named", "GOFLAGS=-x\nGOCACHE=\(host.text("other"))\n")
        #expect(try host.evidence(["HOME": host.home]) == .usesCache)
        #expect(try host.evidence(["HOME": host.home, "GOENV": host.text("named")]) == nil)
        for file in ["off", "/dev/null", host.text("missing"), host.text("other"), host.text("named/x")] {
            #expect(try host.evidence(["HOME": host.home, "GOENV": file]) == nil, "\(file)")
        }
    }

    @Test func readsTheToolchainsOwnFile() throws {
        let host = try Host()
        try host.write("go/go.env", "GOCACHE=\(host.cache)\n")
        try host.directory.makeDirectory("goroot")
        try host.write("env", "GOROOT=\(host.text("goroot"))\n")
        #expect(try host.evidence(["HOME": host.home]) == .usesCache)
        #expect(try host.evidence(["HOME": host.home, "GOROOT": host.text("goroot")]) == nil)
        #expect(try host.evidence(["HOME": host.home, "GOENV": host.text("env")]) == nil)
    }

    @Test func countsBuildsWhoseSettingsAreUnclear() throws {
        let host = try Host()
        try host.directory.makeFIFO("fifo")
        try host.directory.makeSparseFile("huge", size: ByteCount(2 << 20))
        try host.directory.write("bytes", Array("GOCACHE=/".utf8) + [0xff, 0x0a])
        try host.write("padding", "")
        for file in ["env", host.text("fifo"), host.text("huge"), host.text("bytes"), "/dev/zero"] {
            #expect(try host.evidence(["HOME": host.home, "GOENV": file]) == .unknown, "\(file)")
            #expect(try host.evidence(["GOCACHE": host.text("other"), "GOENV": file]) == nil, "\(file)")
        }
        // Below whatever directory a build was started in.
        #expect(try host.evidence(["HOME": "home"]) == .unknown)
    }

    @Test func countsBuildsWhoseEnvFileChangedSince() throws {
        let host = try Host()
        let process = try StandIn(host.go, environment: ["GOENV": host.text("env"), "HOME": host.home])
        #expect(try host.build(by: process) == nil)
        try host.directory.write("env", "GOCACHE=\(host.text("other"))\n")
        #expect(try host.build(by: process)?.evidence == .unknown)
    }

    @Test func countsBuildsOfAToolchainThatCannotBeFound() throws {
        let host = try Host()
        let stray = try host.directory.makeSleep("home/go")
        let environment = ["HOME": host.home]
        #expect(try host.build(by: try StandIn(stray, environment: environment))?.evidence == .unknown)
        #expect(
            try host.build(by: try StandIn(stray, environment: ["GOCACHE": host.text("other")]))?.evidence == nil)
        // Its name was given away: nobody knows what its go.env said.
        let process = try StandIn(host.go, environment: environment)
        #expect(try host.build(by: process) == nil)
        try host.directory.remove("go/bin/go")
        #expect(try host.build(by: process)?.evidence == .unknown)
    }

    @Test func countsBuildsWithValuesThatAreNoText() throws {
        let host = try Host()
        // An accent behind the bytes makes one character of both.
        let script = "GOCACHE=$(printf '/\\377\\314\\201') exec \(host.go) 60"
        let process = try StandIn("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
        try wait { try host.build(by: process)?.evidence == .unknown }
    }

    /// A program that its user may run and not read shows its environment to root alone.
    @Test func countsBuildsWhoseEnvironmentCannotBeRead() throws {
        let host = try Host()
        try host.directory.setMode("go/bin/go", ModeBits(0o111))
        let expected: Evidence? = TestProcess.isRoot ? nil : .unknown
        #expect(try host.evidence(["GOCACHE": host.text("other")]) == expected)
    }

    @Test func countsBuildsWithHugeEnvironments() throws {
        let host = try Host()
        let value = String(repeating: "x", count: 120_000)
        var environment = Dictionary(uniqueKeysWithValues: (0..<10).map { ("V\($0)", value) })
        environment["GOCACHE"] = host.text("other")
        #expect(try host.evidence(environment) == .unknown)
    }

    @Test(.enabled(if: TestProcess.isRoot, "mount namespaces take root"))
    func countsBuildsInOtherMountNamespaces() throws {
        let host = try Host()
        let process = try StandIn(
            "/usr/bin/unshare", ["--mount", host.go.string, "60"], environment: ["GOCACHE": host.text("other")])
        try wait { try host.build(by: process)?.evidence == .unknown }
    }

    @Test(.enabled(if: TestProcess.isRoot, "chroot takes root")) func countsBuildsBelowAnotherRootDirectory() throws {
        let host = try Host()
        let copy = "cp --parents $(ldd /bin/sleep | grep -o '/[^ ]*') \(host.directory.path)"
        let script = "\(copy) && exec chroot \(host.directory.path) /go/bin/go 60"
        let process = try StandIn(
            "/bin/sh", ["-c", script], environment: ["PATH": "/usr/sbin:/usr/bin:/bin", "GOCACHE": "/other"])
        try wait { try host.build(by: process)?.evidence == .unknown }
    }

    @Test(.enabled(if: TestProcess.isRoot, "becoming somebody else takes root")) func namesTheUserOfABuild() throws {
        let host = try Host()
        try host.directory.setMode("", ModeBits(0o755))
        let process = try StandIn(
            "/usr/bin/setpriv", ["--reuid=4711", "--clear-groups", host.go.string, "60"],
            environment: ["GOCACHE": host.cache])
        try wait { try host.build(by: process) != nil }
        #expect(try host.build(by: process)?.user == UserID(4711))
    }

    @Test func sortsByStart() throws {
        let host = try Host()
        var processes: [Int32] = []
        let first = try StandIn(host.go, environment: ["GOCACHE": host.cache])
        try host.write("padding", "")
        let second = try StandIn(host.go, environment: ["GOCACHE": host.cache])
        try host.write("padding", "")
        let third = try StandIn(host.go, environment: ["GOCACHE": host.cache])
        processes = [first.id, second.id, third.id]
        let builds = try host.builds()
        #expect(builds.map(\.process).filter { processes.contains($0) } == processes)
        #expect(builds.map(\.startedAt) == builds.map(\.startedAt).sorted())
    }

    @Test func saysNothingWithoutAProcessFileSystem() throws {
        let host = try Host()
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try BuildObserver(processes: host.directory.path)
                .builds(on: host.root, at: host.directory.path("cache"))
        }
    }

    /// Waits until something has happened, for which half a minute is enough.
    private func wait(until hasHappened: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(30)
        while try !hasHappened() {
            try #require(ContinuousClock.now < end)
            Thread.sleep(forTimeInterval: 0.01)
        }
    }
}
