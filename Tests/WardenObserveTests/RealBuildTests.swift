import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenObserve
import WardenTestSupport

/// Real `go build`s, seen while they run.
struct RealBuildTests {
    @Test(
        .enabled(if: !GoToolchain.all.isEmpty, "\(GoToolchain.reason)"), arguments: GoToolchain.all,
        ["GOCACHE", "HOME", "env"])
    func areSeenOnTheirCacheAndOnNoOther(toolchain: GoToolchain, source: String) throws {
        let directory = try TemporaryDirectory()
        for name in ["src", "other", "home", "home/.cache", "home/.cache/go-build", "home/.config", "home/.config/go"] {
            try directory.makeDirectory(FilePath(name))
        }
        try directory.write("src/go.mod", "module example.com/slow\n\ngo 1.18\n")
        try directory.write("src/main.go", "package main\n\nfunc main() {}\n")
        // Runs in place of the compiler for as long as the go command lives: then it gets another parent.
        let compiler = """
            #!/bin/sh
            : >\(directory.path("compiling"))
            while read -r _ _ _ parent _ </proc/$$/stat && [ "$parent" = "$PPID" ]; do sleep 0.1; done

            """
        let script = try directory.write("compiler", compiler, mode: ModeBits(0o755))
        let cache = directory.path(source == "HOME" ? "home/.cache/go-build" : "cache")
        if source != "HOME" { try directory.makeDirectory("cache") }
        var environment = [
            "PATH": "/usr/bin:/bin", "HOME": directory.path("home").string, "GOFLAGS": "-mod=mod", "GOPROXY": "off",
            "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOTELEMETRY": "off",
        ]
        switch source {
        case "GOCACHE": environment["GOCACHE"] = cache.string
        case "env":
            try directory.write("home/.config/go/env", "GOCACHE=\(cache)\n")
            Thread.sleep(forTimeInterval: 0.06)  // A file of the same moment would be in doubt.
        default: break
        }
        let go = try StandIn(
            toolchain.go, ["build", "-toolexec=\(script)", "-o", "/dev/null", "."],
            environment: environment, in: directory.path("src"))
        let end = ContinuousClock.now + .seconds(60)
        while try !directory.exists("compiling") {
            try #require(ContinuousClock.now < end)
            Thread.sleep(forTimeInterval: 0.01)
        }
        func builds(on path: FilePath) throws -> [RunningBuild] {
            try BuildObserver().builds(on: try FileStatus(of: path).identity, at: path).filter { $0.process == go.id }
        }
        let build = try #require(try builds(on: cache).first)
        #expect(build.evidence == .usesCache)
        #expect(build.activity == .building)
        #expect(try builds(on: directory.path("other")).isEmpty)
    }
}
