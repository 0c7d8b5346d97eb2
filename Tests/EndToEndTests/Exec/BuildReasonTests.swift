import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Builds that really fail, each for one reason: where every row of the table comes from.
    @Suite("Why builds fail", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct BuildReasonTests {
        private func expect(
            _ reason: String, _ line: String, _ command: Command, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let result = try command.run()
            #expect(result.status != 0, "\(command): \(result)", sourceLocation: sourceLocation)
            let said = result.errors.split(separator: "\n").suffix(2)
            let verdict = said.first.map(String.init) ?? ""
            #expect(
                verdict.hasPrefix("cachewarden: the build failed: \(reason): ") && verdict.contains(line),
                "\(reason): \(line): \(result)", sourceLocation: sourceLocation)
            #expect(said.last?.hasPrefix("hint: ") == true, "\(result)", sourceLocation: sourceLocation)
        }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func theCodeIsWrong(toolchain: GoToolchain) throws {
            let place = try BuildPlace.make()
            try place.write("main.go", "package main\n\nfunc main() { x }\n")
            try expect("code", "./main.go:3:15: undefined: x", place.go(toolchain, ["build", "-o", "/dev/null", "."]))
            try place.reset()
            let entry = "open /c/ab/" + String(repeating: "ab", count: 32) + "-d: permission denied"
            try place.write(
                "m_test.go",
                """
                package main

                import "testing"

                func TestX(t *testing.T) { println("\(entry)"); t.Error("\(entry)") }
                """)
            try expect("code", "--- FAIL: TestX", place.go(toolchain, ["test", "."]))
            try place.write(
                "m_test.go",
                """
                package main

                import ("testing"; "time")

                func TestX(t *testing.T) { time.Sleep(20 * time.Second) }
                """)
            try expect(
                "timeout", "panic: test timed out after 300ms", place.go(toolchain, ["test", "-timeout", "300ms", "."]))
        }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func somethingIsMissing(toolchain: GoToolchain) throws {
            let place = try BuildPlace.make()
            try place.write("main.go", "package main\n\nimport _ \"example.com/q\"\n\nfunc main() {}\n")
            try expect("dependencies", "no required module provides package", place.go(toolchain, ["build", "."]))
            try place.write("go.mod", "module example.com/p\n\ngo 1.18\n\nrequire example.com/q v1.0.0\n")
            try expect("dependencies", "missing go.sum entry for module", place.go(toolchain, ["build", "."]))
            let modules = ["build", "-mod=mod", "."]
            try expect("dependencies", "module lookup disabled by GOPROXY=off", place.go(toolchain, modules))
            try expect(
                "network", "connection refused", place.go(toolchain, modules, ["GOPROXY": "http://127.0.0.1:1"]))
            try expect("network", "503 Service Unavailable", withProxy("http", place, toolchain))
            try expect("network", "tls: first record does not look like", withProxy("https", place, toolchain))
            try expect("dependencies", "checksum mismatch", withWrongSum(place, toolchain))
        }

        /// A server that answers everything with 503, for one build.
        private func withProxy(
            _ scheme: String, _ place: borrowing BuildPlace, _ toolchain: GoToolchain
        ) throws -> Command {
            let server = """
                import http.server, threading
                class Answer(http.server.BaseHTTPRequestHandler):
                    def do_GET(self): self.send_error(503)
                    def log_message(self, *words): pass
                server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
                threading.Timer(60, server.shutdown).start()
                open("\(place.folder.path("port"))", "w").write(str(server.server_port) + "\\n")
                server.serve_forever()
                """
            try place.folder.write("server.py", server)
            try place.folder.write("port", "")
            let script = """
                python3 \(place.folder.path("server.py")) >/dev/null 2>&1 & server=$!
                while [ ! -s \(place.folder.path("port")) ]; do sleep 0.05; done
                GOPROXY=\(scheme)://127.0.0.1:$(cat \(place.folder.path("port"))) "$@"; status=$?
                kill -9 $server; exit $status
                """
            return place.go(toolchain, ["build", "-mod=mod", "."]).inShell(script)
        }

        private func withWrongSum(_ place: borrowing BuildPlace, _ toolchain: GoToolchain) throws -> Command {
            let none = "h1:" + String(repeating: "A", count: 43) + "="
            try place.write("go.sum", "example.com/q v1.0.0 \(none)\nexample.com/q v1.0.0/go.mod \(none)\n")
            let zip = """
                import os, zipfile
                d = "\(place.folder.path("proxy"))/example.com/q/@v/"
                os.makedirs(d, exist_ok=True)
                open(d + "list", "w").write("v1.0.0\\n")
                open(d + "v1.0.0.info", "w").write('{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}')
                open(d + "v1.0.0.mod", "w").write("module example.com/q\\n")
                z = zipfile.ZipFile(d + "v1.0.0.zip", "w")
                z.writestr("example.com/q@v1.0.0/go.mod", "module example.com/q\\n")
                z.writestr("example.com/q@v1.0.0/q.go", "package q\\n")
                z.close()
                """
            try Command("/usr/bin/python3", "-c", zip).runSuccessfully()
            return place.go(toolchain, ["build", "."], ["GOPROXY": "file://\(place.folder.path("proxy"))"])
        }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func theToolchainDoesNotFit(toolchain: GoToolchain) throws {
            let place = try BuildPlace.make()
            try expect("toolchain", "go: no such tool", place.go(toolchain, ["tool", "nonesuch"]))
            try place.write("main.go", "package main\n\nimport \"C\"\n\nfunc main() {}\n")
            try expect(
                "toolchain", "executable file not found in $PATH",
                place.go(toolchain, ["build", "."], ["CGO_ENABLED": "1", "CC": "nonesuch-gcc"]))
            try place.reset()
            let other = try #require(Installation.toolchains.last { $0 != toolchain && $0.cachesExecutables })
            let tool = """
                #!/bin/sh
                case "$*" in
                *compile*-V=full*) ;;
                */compile*) shift; exec "\(other.root)"/pkg/tool/*/compile "$@" ;;
                esac
                exec "$@"
                """
            try place.write("tool.sh", tool)
            let script = place.folder.path("p/tool.sh").string
            try expect(
                "toolchain", "does not match go tool version",
                place.go(toolchain, ["build", "-a", "-toolexec", script, "-o", "/dev/null", "."]))
            guard toolchain.cachesExecutables else { return }
            try place.write("go.mod", "module example.com/p\n\ngo 1.99\n")
            try expect("toolchain", "go: go.mod requires go >= 1.99", place.go(toolchain, ["build", "."]))
            try expect(
                "toolchain", "toolchain not available",
                place.go(toolchain, ["version"], ["GOTOOLCHAIN": "go1.99.1"]))
        }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func theCacheIsNotWhereOrWhatItMustBe(toolchain: GoToolchain) throws {
            let place = try BuildPlace.make()
            let build = ["build", "-o", "/dev/null", "."]
            try expect("cache", "GOCACHE=off", place.go(toolchain, build, ["GOCACHE": "off"]))
            try expect("cache", "GOCACHE is not an absolute path", place.go(toolchain, build, ["GOCACHE": "relative"]))
            try place.folder.makeDirectory("p/lib")
            try place.write("lib/lib.go", "package lib\n\nfunc F() {}\n")
            try place.write("main.go", "package main\n\nimport \"example.com/p/lib\"\n\nfunc main() { lib.F() }\n")
            _ = try place.go(toolchain, ["build", "./lib"]).runSuccessfully()
            try place.write(
                "tool.sh",
                """
                #!/bin/sh
                case "$*" in *-V=full*) ;; *) find "\(place.folder.path("cache"))" -name '*-d' -delete ;; esac
                exec "$@"
                """)
            let script = place.folder.path("p/tool.sh").string
            try expect(
                "cache", "could not import example.com/p/lib (open ",
                place.go(toolchain, ["build", "-toolexec", script, "-o", "/dev/null", "."]))
            try place.reset()
            // In a mount namespace of its own, so that nothing stays mounted.
            let tiny = place.folder.path("tmp").string
            let full = place.go(toolchain, build, ["GOTMPDIR": tiny])
            try expect(
                "disk-full", "no space left on device",
                full.inShell(
                    "exec unshare -m sh -c 'mount -t tmpfs -o size=100k none \(tiny) && exec \"$@\"' sh \"$@\""))
        }

        @Test(.timeLimit(.minutes(10)), arguments: Installation.toolchains)
        func theCacheIsSomebodyElses(toolchain: GoToolchain) throws {
            let host = try TestHost.make()
            let program = try host.makeProgram("mine")
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o755))
            try expect(
                "permission", "failed to initialize build cache at ",
                host.throughExec(host.goBuild(toolchain, in: program, as: host.second, umask: "022"), host.second))
            try Command("/bin/chmod", "777", host.cache.string).runSuccessfully()
            try host.goBuild(toolchain, in: program, as: host.first, umask: "022").runSuccessfully()
            let other = try host.makeProgram("other")
            try expect(
                "permission", "-d: permission denied",
                host.throughExec(host.goBuild(toolchain, in: other, as: host.second, umask: "022"), host.second))
            let counts = host.folder.path(FilePath("home/\(host.second)/.local/state/cachewarden/failed-builds.json"))
            let text = try String(contentsOfFile: counts.string, encoding: .utf8)
            #expect(
                text.contains("\"user\" : \"\(host.second)\"") && text.contains("\"module\" : \"example.com/other\""))
        }
    }
}

extension Command {
    /// Returns a shell script in which `"$@"` is this command.
    fileprivate func inShell(_ script: String) -> Command {
        var command = self
        command.executable = "/bin/sh"
        command.arguments = ["-c", script, "sh", executable.string] + arguments
        return command
    }
}

extension TestHost {
    /// Returns a user's build through `exec`.
    fileprivate func throughExec(_ build: Command, _ user: String) throws -> Command {
        var command = try cachewarden(as: user)
        command.arguments = ["exec", "--", build.executable.string] + build.arguments
        command.environment = build.environment.merging(command.environment) { mine, _ in mine }
        command.directory = build.directory
        return command
    }
}
