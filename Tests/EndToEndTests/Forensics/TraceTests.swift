import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Real builds by real users, told of while they write.
    @Suite("Who writes", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct TraceTests {
        /// Somebody who builds a module of their own.
        private struct Builder {
            let user: String
            let toolchain: GoToolchain
            let program: FilePath
            let module: String
            /// What the compiler calls the packages of its build.
            let packages: Set<String>

            init(_ host: borrowing TestHost, _ user: String, _ toolchain: GoToolchain, _ name: String) throws {
                self.user = user
                self.toolchain = toolchain
                program = try host.makeProgram(name)
                module = "example.com/\(name)"
                let list = try host.go(
                    toolchain, "list", "-deps", ".", in: program, as: user, umask: "022"
                ).runSuccessfully()
                // A program is "main" to the compiler, and "unsafe" is the compiler's own.
                packages = Set(list.output.split(separator: "\n").map(String.init))
                    .subtracting([module, "unsafe"]).union(["main"])
            }

            func build(_ host: borrowing TestHost, umask: String = "022") throws -> RunningCommand {
                try host.goBuild(toolchain, in: program, as: user, umask: umask).start()
            }
        }

        /// Go 1.19 brings the standard library compiled: its builds write a handful of entries.
        private func toolchains() throws -> (GoToolchain, GoToolchain) {
            let both = Installation.toolchains.filter(\.cachesExecutables).suffix(2)
            let (old, new) = (try #require(both.first), try #require(both.last))
            try #require(old != new)
            return (old, new)
        }

        private func succeed(_ running: consuming RunningCommand) throws {
            let result = try running.finish()
            try #require(result.status == 0, "\(result)")
        }

        /// Expects that nearly all of some entries are as they should be.
        private func expectShare(
            _ wanted: Double, of entries: [Trace.Entry], _ what: String,
            sourceLocation: SourceLocation = #_sourceLocation, _ isRight: (Trace.Entry) -> Bool
        ) {
            let wrong = entries.filter { !isRight($0) }
            let share = Double(entries.count - wrong.count) / Double(max(1, entries.count))
            #expect(
                share >= wanted && !entries.isEmpty,
                "\(what): \(share) of \(entries.count), such as \(wrong.prefix(5))", sourceLocation: sourceLocation)
        }

        @Test(.timeLimit(.minutes(10))) func namesUserModuleAndPackage() throws {
            let host = try TestHost.make()
            try host.cachewarden("apply").runSuccessfully()
            let (old, new) = try toolchains()
            let builders = [
                try Builder(host, host.first, old, "alpha"), try Builder(host, host.second, new, "beta"),
            ]
            let before = try host.entries()
            let tracing = try Tracing.start(host.cachewarden("trace", "--format", "json"))
            let first = try builders[0].build(host)
            let second = try builders[1].build(host, umask: "077")
            try succeed(first)
            try succeed(second)
            let trace = try tracing.trace()
            #expect(trace.start.method == "fanotify" && trace.start.obstacle == nil && trace.summary.lost == 0)

            // Nothing that is there now was missed.
            let told = Set(trace.written.map(\.path))
            let missed = try host.entries().subtracting(before).filter { !told.contains($0.description) }
            #expect(Double(missed.count) <= 0.01 * Double(told.count), "\(missed.prefix(5))")
            let modules = Dictionary(uniqueKeysWithValues: builders.map { ($0.user, $0.module) })
            expectShare(0.99, of: trace.written, "whose and which module's") { entry in
                guard let module = entry.user.flatMap({ modules[$0] }) else { return false }
                return entry.go?.module == module && entry.go?.subcommand == "build"
            }
            // No action of the one toolchain is one of the other's: its owner is who wrote it.
            expectShare(0.99, of: trace.written.filter(\.isAction), "owners") { $0.user == $0.owner }
            try expectPackages(of: trace, by: builders)
            expectSummary(of: trace, modules)
        }

        private func expectPackages(of trace: Trace, by builders: [Builder]) throws {
            let archives = trace.written.filter { $0.content == "archive" }
            for builder in builders {
                let named = Set(archives.filter { $0.user == builder.user }.compactMap(\.package))
                #expect(named == builder.packages, "\(named.symmetricDifference(builder.packages).sorted())")
            }
            let known = trace.summary.known
            print("trace: \(known.packages) of \(trace.summary.total.entries) written entries have a package")
            #expect(known.archives > 0 && Double(known.namedArchives) >= 0.95 * Double(known.archives), "\(known)")
        }

        private func expectSummary(of trace: Trace, _ modules: [String: String]) {
            let summary = trace.summary
            #expect(summary.total.entries == trace.entries.count { $0.isWritten })
            #expect(summary.created + summary.rewritten == summary.total.entries)
            #expect(Double(summary.known.processes) >= 0.99 * Double(summary.total.entries), "\(summary.known)")
            #expect(Set(summary.users.compactMap(\.user)) == Set(modules.keys))
            for (user, module) in modules {
                let row = summary.builds.first { $0.user == user && $0.module == module }
                #expect(row.map { $0.entries > 50 } == true, "\(summary.builds)")
            }
            #expect(summary.commands.contains { $0.command == "go build" })
            // Both have compiled the standard library, each with a toolchain of its own.
            #expect(summary.repeated.contains { $0.package == "runtime" })
        }

        @Test(.timeLimit(.minutes(10))) func tellsAHitRateWhereReadsAreWanted() throws {
            let host = try TestHost.make()
            try host.cachewarden("apply").runSuccessfully()
            let (_, toolchain) = try toolchains()
            let reader = host.second
            let builder = try Builder(host, host.first, toolchain, "gamma")
            try succeed(try builder.build(host))
            let tracing = try Tracing.start(host.cachewarden("trace", "--hits", "--format", "json"))
            try host.goBuild(toolchain, in: builder.program, as: reader, umask: "022").runSuccessfully()
            let trace = try tracing.trace()
            let reads = trace.entries.filter { !$0.isWritten }
            #expect(reads.count > 20)
            expectShare(0.95, of: reads, "readers") { $0.user == reader && $0.go?.module == builder.module }
            let row = try #require(
                trace.summary.builds.first { $0.user == reader && $0.module == builder.module })
            #expect(row.reads > 20 && row.hitRate.map { $0 >= 0.9 } == true, "\(row)")
        }

        /// Both who has no capability at all, and root without the one that counts.
        @Test(.timeLimit(.minutes(10)), arguments: [false, true])
        func namesOwnersWithoutTheCapability(asRoot: Bool) throws {
            let host = try TestHost.make()
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o755))
            try Command("/bin/chown", host.first, host.cache.string).runSuccessfully()
            let (_, toolchain) = try toolchains()
            let builder = try Builder(host, host.first, toolchain, "delta")
            func command(_ options: String...) throws -> Command {
                guard asRoot else {
                    var command = try host.cachewarden(as: host.first, "trace", host.cache.string)
                    command.arguments += options
                    return command
                }
                var command = host.cachewarden("trace")
                command.arguments =
                    ["--bounding-set=-sys_admin", command.executable.string] + command.arguments + options
                command.executable = "/usr/bin/setpriv"
                return command
            }
            let tracing = try Tracing.start(try command("--format", "json"))
            try succeed(try builder.build(host))
            let trace = try tracing.trace()
            #expect(trace.start.method == "inotify" && trace.start.obstacle == "no-capability")
            expectShare(0.99, of: trace.written, "owners") { $0.user == builder.user && $0.process == nil }
            #expect(trace.written.count > 50 && trace.summary.known.processes == 0)
            let text = try command("--duration", "1s").runSuccessfully().output
            #expect(text.contains("without CAP_SYS_ADMIN nobody says which process writes: run as root"), "\(text)")
        }

        @Test(.timeLimit(.minutes(5))) func whatOthersNameDoesNotReachTheTerminal() throws {
            let host = try TestHost.make()
            try host.cachewarden("apply").runSuccessfully()
            let (_, toolchain) = try toolchains()
            let program = try host.makeProgram("hostile")
            let json = try Tracing.start(host.cachewarden("trace", "--format", "json"))
            let text = try Tracing.start(host.cachewarden("trace"))
            let out = host.folder.path("home").appending(host.first).appending("program").string
            var build = host.go(
                toolchain, ["go", "build", "-ldflags=-X=a.b=\u{1b}[2J\u{202e}", "-o", out, "."], in: program,
                as: host.first, umask: "022")
            build.executable = "/usr/bin/env"
            try build.runSuccessfully()
            let name = host.cache.appending("ab").string + "/x\u{1b}[2J\u{202e}\n-d"
            try Command("/bin/sh", "-c", "echo x >\"$1\"", "sh", name).run(as: host.first, umask: "022")
                .runSuccessfully()
            let said = (json: try json.stop().output, text: try text.stop().output)
            for output in [said.json, said.text] {
                #expect(output.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x202e })
            }
            let commands = Set(try Trace(said.json).written.compactMap { $0.go?.command })
            #expect(commands.contains { $0.contains("go build -ldflags=-X=a.b=\\x1b[2J\\u{202e}") }, "\(commands)")
            #expect(said.text.contains("go build") && said.text.contains("example.com/hostile"), "\(said.text)")
        }

        @Test func endsByItselfAndSaysWhatItCannotTrace() throws {
            let host = try TestHost.make()
            try host.cachewarden("apply").runSuccessfully()
            let result = try host.cachewarden("trace", "--duration", "1s").runSuccessfully()
            #expect(result.output.contains("\nwrote 0 entries (0 B) in "), "\(result)")
            let missing = try host.cachewarden("trace", host.folder.path("nowhere").string).run()
            #expect(missing.status == 1 && missing.errors.contains("cannot trace"), "\(missing)")
            let unknown = try host.cachewarden("trace", "unknown").run()
            #expect(unknown.status == 1 && unknown.errors.contains("'unknown'"), "\(unknown)")
        }
    }
}
