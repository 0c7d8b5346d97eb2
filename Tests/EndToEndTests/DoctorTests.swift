import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Where builds of real users find their cache, beside what a real login of theirs says.
    @Suite("Doctor", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct DoctorTests {
        /// As much of the JSON as these tests read.
        private struct Report: Decodable {
            struct Finding: Decodable {
                let rule: String
                let subject: String
                let found: String
            }

            struct Variable: Decodable {
                let value: String?
                let from: String
            }

            struct User: Decodable {
                struct Cache: Decodable {
                    let path: String
                    let entries: Int
                }

                struct Build: Decodable {
                    let openSettings: [String]

                    private enum CodingKeys: String, CodingKey { case openSettings = "open-settings" }
                }

                let name: String
                let starts: [String: [String: Variable]]
                let caches: [Cache]
                let builds: [Build]
            }

            let findings: [Finding]
            let users: [User]
        }

        /// Gives the host other files, in a mount namespace of its own.
        private func isolated(_ command: Command, _ host: borrowing TestHost) -> Command {
            let folder = host.folder.path("host")
            // Nothing is made in the host's own folders, not even a place to mount something.
            let lines = [
                "mount --bind '\(folder)/profile.d' /etc/profile.d", "mount -t tmpfs -o mode=0755 tmpfs /run",
                "mkdir /run/environment.d", "mount --bind '\(folder)/environment.d' /run/environment.d",
            ]
            var outer = Command("/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec")
            let script = lines.joined(separator: "\n") + "\nexec \"$@\""
            outer.arguments += [script, "sh", command.executable.string] + command.arguments
            outer.environment = command.environment
            return outer
        }

        private func prepare() throws -> TestHost {
            let host = try TestHost.make()
            for folder in ["host", "host/profile.d", "host/environment.d"] {
                try host.folder.makeDirectory(FilePath(folder))
            }
            let policy = try TestHost.sharedPolicy(group: host.group, cache: host.cache)
            // Without the variables, which 'apply' would write into this machine's own /etc.
            try host.writePolicy(policy)
            #expect(try host.cachewarden("apply").run().status == 0)
            try host.writePolicy(
                policy + """

                    environment:
                      - variables: {GOCACHE: \(host.cache)}
                        deliver: [login-shells, user-services]
                        users: {group: \(host.group)}

                    """)
            return host
        }

        private func examined(_ host: borrowing TestHost, _ arguments: String...) throws -> (Int32, Report) {
            var command = host.cachewarden("doctor", "--format", "json")
            command.arguments += arguments
            let result = try isolated(command, host).run()
            return (result.status, try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)))
        }

        private func write(_ text: String, _ path: FilePath, as user: String) throws {
            let script = "mkdir -p \"$(dirname \"$1\")\" && printf '%s' \"$2\" >\"$1\""
            try Command("/bin/sh", "-c", script, "sh", path.string, text).run(as: user, umask: "022").runSuccessfully()
        }

        @Test func findsEachBuildsCacheAndWhoSaysSo() throws {
            let host = try prepare()
            let (status, missing) = try examined(host)
            #expect(status == 2 && missing.users.map(\.name) == host.users)
            #expect(missing.findings.map(\.rule) == ["environment-missing", "environment-missing"])
            try host.folder.write("host/profile.d/cachewarden.sh", "export GOCACHE=\(host.cache)\n")
            try host.folder.write("host/environment.d/cachewarden.conf", "GOCACHE=\(host.cache)\n")
            let (healthy, whole) = try examined(host)
            #expect(healthy == 0 && whole.findings.isEmpty, "\(whole)")
            for user in whole.users {
                for start in ["login-shell", "user-service"] {
                    #expect(user.starts[start]?["GOCACHE"]?.value == host.cache.string, "\(start)")
                }
                #expect(user.starts["cron"]?["GOCACHE"]?.from == "Go's default (HOME)")
                #expect(user.starts["bare"]?["GOCACHE"]?.value == "off")
            }
        }

        @Test func knowsTheUsersOwnSettings() throws {
            let host = try prepare()
            try host.folder.write("host/profile.d/cachewarden.sh", "export GOCACHE=\(host.cache)\n")
            try host.folder.write("host/environment.d/cachewarden.conf", "GOCACHE=\(host.cache)\n")
            let home = host.folder.path("home").appending(host.first)
            try write(
                "if true; then\n  export GOCACHE=\"$HOME/mine\"\nfi\n", home.appending(".profile"), as: host.first)
            let second = host.folder.path("home").appending(host.second)
            try write("GOCACHE=off\n", second.appending(".config/go/env"), as: host.second)
            let (status, report) = try examined(host)
            #expect(status == 2)
            let found = report.findings.map { "\($0.rule) \($0.subject)" }
            #expect(
                found == [
                    "user-cache-elsewhere user \(host.first): login shell",
                    "user-cache-broken user \(host.second): system service, cron",
                ], "\(found)")
            #expect(report.findings[0].found.contains("'\(home)/.profile', line 2, in a condition"), "\(report)")
            // A real login says the same.
            let login = Command("/bin/su", "-", host.first, "-c", "echo \"$GOCACHE\"")
            let printed = try isolated(login, host).runSuccessfully().output
            #expect(printed.split(separator: "\n").last.map(String.init) == "\(home)/mine")
            #expect(report.users[0].starts["login-shell"]?["GOCACHE"]?.value == "\(home)/mine")
        }

        @Test(
            .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)),
            arguments: [("sub", "entry is relative"), ("/srv/go:sub", "entry is relative"), ("/srv/go", nil)])
        func agreesWithGoOnPathsThatItRefuses(path: String, refusal: String?) throws {
            let host = try prepare()
            let home = host.folder.path("home").appending(host.first)
            try write("GOPATH=\(path)\n", home.appending(".config/go/env"), as: host.first)
            let conflicts = try examined(host).1.findings.filter { $0.rule == "gopath-conflict" }
            #expect(conflicts.count == (refusal == nil ? 0 : 1), "\(conflicts)")
            #expect(conflicts.allSatisfy { $0.found == "GOPATH=sub is no absolute path, and every build fails" })
            for toolchain in Installation.toolchains {
                let go = try host.go(toolchain, "list", "errors", in: home, as: host.first, umask: "022").run()
                #expect((go.status == 0) == (refusal == nil), "\(go)")
                if let refusal { #expect(go.errors.contains(refusal), "\(go)") }
            }
        }

        @Test(.enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
        func agreesWithGoOnModulesInGopath() throws {
            let host = try prepare()
            let toolchain = try #require(Installation.toolchains.last)
            let home = host.folder.path("home").appending(host.first)
            let module = home.appending("go/src/example.com/a")
            let text = "module example.com/a\n\ngo 1.24\n\nrequire example.com/b v1.0.0\n"
            try write(text + "\nreplace example.com/b => ../b\n", module.appending("go.mod"), as: host.first)
            try write(
                "package main\n\nimport _ \"example.com/b\"\n\nfunc main() {}\n", module.appending("a.go"),
                as: host.first)
            func found() throws -> [String] {
                try examined(host).1.findings.filter { $0.rule == "gopath-conflict" }.map(\.found)
            }
            let broken = "'example.com/b => ../b', where no go.mod is: every build of the module fails"
            #expect(try found() == [broken])
            let build = try host.go(
                toolchain, "build", "-o", "/dev/null", ".", in: module, as: host.first, umask: "022"
            ).run()
            #expect(build.status != 0 && build.errors.contains("replacement directory ../b does not exist"), "\(build)")
            let other = home.appending("go/src/example.com/b")
            try write("module example.com/b\n\ngo 1.24\n", other.appending("go.mod"), as: host.first)
            try write("package b\n", other.appending("b.go"), as: host.first)
            #expect(try found() == [])
            #expect(
                try host.go(toolchain, "build", "-o", "/dev/null", ".", in: module, as: host.first, umask: "022").run()
                    .status == 0)
            try write("export GO111MODULE=off\n", home.appending(".profile"), as: host.first)
            #expect(
                try found() == [
                    "GO111MODULE=off, set in '\(home)/.profile', line 1, beside '\(module)/go.mod', and 1 more below 'src'"
                ])
        }

        @Test func measuresCachesElsewhereAndFollowsNoLink() throws {
            let host = try prepare()
            let home = host.folder.path("home").appending(host.first)
            let own = home.appending(".cache/go-build/00")
            let name = String(repeating: "0", count: 64)
            try write("x", own.appending(name + "-d"), as: host.first)
            let link = "mkdir -p '\(home)/.config/go' && ln -s '\(host.policy)' '\(home)/.config/go/env'"
            try Command("/bin/sh", "-c", link).run(as: host.first, umask: "022").runSuccessfully()
            let (_, report) = try examined(host, "--user", host.first)
            #expect(report.users.map(\.name) == [host.first])
            #expect(report.users[0].caches.map(\.path) == [home.appending(".cache/go-build").string])
            #expect(report.users[0].caches.map(\.entries) == [1])
            let text = try isolated(host.cachewarden("doctor", "--user", host.first), host).run()
            let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("not read cannot read '\(home)/.config/go/env': is a symbolic link"), "\(text)")
        }

        @Test func showsNobodyWhatTheyMayNotReadThemselves() throws {
            let host = try prepare()
            let home = host.folder.path("home").appending(host.first)
            let secret = try host.folder.write("secret", "GOFLAGS=-secret\n", mode: ModeBits(0o600))
            try write("export GOENV=\(secret)\n", home.appending(".profile"), as: host.first)
            let (_, closed) = try examined(host, "--user", host.first)
            #expect(closed.users[0].starts["login-shell"]?["GOENV"]?.value == secret.string)
            #expect(closed.users[0].starts["login-shell"]?["GOFLAGS"]?.value == "")
            let text = try isolated(host.cachewarden("doctor", "--user", host.first), host).run()
            #expect(!text.output.contains("-secret") && text.output.contains("Permission denied"), "\(text)")
            try host.folder.setMode("secret", ModeBits(0o644))
            let (_, open) = try examined(host, "--user", host.first)
            #expect(open.users[0].starts["login-shell"]?["GOFLAGS"]?.value == "-secret")
            try host.folder.remove("secret")
            let gone = try isolated(host.cachewarden("doctor", "--user", host.first), host).run()
            let words = gone.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("not read cannot read '\(secret)': No such file or directory"), "\(gone)")
        }

        @Test(
            .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)), .timeLimit(.minutes(10)))
        func seesBuildsThatRunElsewhere() throws {
            let host = try prepare()
            let toolchain = try #require(Installation.toolchains.last)
            let program = try host.makeProgram("slow")
            let slow = try host.folder.write("slow.sh", "#!/bin/sh\nsleep 3\nexec \"$@\"\n", mode: ModeBits(0o755))
            let elsewhere = host.folder.path("home").appending(host.first).appending("elsewhere").string
            var command = host.go(
                toolchain, "build", "-o", "/dev/null", "-toolexec", slow.string, ".", in: program, as: host.first,
                umask: "022")
            command.environment["GOCACHE"] = elsewhere
            // A descriptor that the build inherits, of a file with settings that somebody has replaced since.
            let settings = host.folder.path("home").appending(host.first).appending(".config/go/env")
            try write("GOFLAGS=-v\n", settings, as: host.first)
            let script = "file=$1; shift; exec 7<\"$file\"; rm \"$file\"; exec \"$@\""
            command.arguments = ["-euc", script, "sh", settings.string, command.executable.string] + command.arguments
            command.executable = "/bin/sh"
            let build = try command.start()
            var open: [String] = []
            let end = ContinuousClock.now + .seconds(60)
            var seen: Report.Finding?
            while seen == nil, build.isRunning, ContinuousClock.now < end {
                // Not in a namespace of its own: paths of processes in another one mean something else.
                let result = try host.cachewarden("doctor", "--format", "json", "--user", host.first).run()
                let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
                seen = report.findings.first { $0.subject.contains("runs now") }
                open = report.users[0].builds.flatMap(\.openSettings)
            }
            build.interrupt()
            _ = try build.finish()
            #expect(
                seen?.rule == "user-cache-elsewhere" && seen?.subject.contains("go build") == true,
                "\(String(describing: seen))")
            #expect(seen?.found == "GOCACHE=\(elsewhere), set in the environment")
            // A build that is just starting a compiler is two processes for a moment.
            #expect(Set(open) == ["\(settings) (deleted)"])
        }

        @Test func namesWhomThePermissionsKeepOut() throws {
            let host = try prepare()
            try Command("/usr/bin/setfacl", "-m", "m::r-x", host.cache.string).runSuccessfully()
            let (status, report) = try examined(host, "--user", host.first)
            #expect(status == 2)
            #expect(
                report.findings.contains { $0.rule == "user-cache-denied" && $0.found == "they cannot create, delete" })
        }
    }
}
