import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// Outputs that Go itself made, whole, damaged, and while builds write more of them.
    @Suite("Verifying a cache", .enabled(if: Installation.canBuild, Comment(rawValue: Installation.buildsReason)))
    struct VerifyTests {
        @Test(.timeLimit(.minutes(15))) func findsExactlyWhatIsDamaged() throws {
            let host = try TestHost.make()
            let toolchain = try #require(Installation.toolchains.last)
            let program = try host.makeProgram("verified")
            try host.folder.makeDirectory("go-build", mode: ModeBits(0o755))
            try Command("/bin/chown", host.first, host.cache.string).runSuccessfully()
            try host.go(toolchain, "run", ".", in: program, as: host.first, umask: "022").runSuccessfully()
            let outputs = try outputs(host)
            #expect(outputs.contains { $0.depth == 3 }, "go run must have cached an executable")

            try expectIntact(host, outputs.count)
            try expectNoFalseReport(host, toolchain, program)
            // Both kinds of an output, with the size as it was: nothing else but the content tells.
            let victims = try #require(try victims(host))
            for victim in victims { try poison(host, victim) }
            try expectDamaged(host, victims)
            try expectRepaired(host, toolchain, program, victims)
        }

        /// The files that are outputs, executables included.
        private func outputs(_ host: borrowing TestHost) throws -> [RelativePath] {
            try TreeSnapshot(of: host.cache).nodes.filter { $0.value.kind == .file }.keys.filter {
                let names = "\($0)".split(separator: "/")
                return names.count > 1 && names[1].hasSuffix("-d")
            }.sorted()
        }

        private func verify(_ host: borrowing TestHost, _ arguments: String...) throws -> CommandResult {
            // By its name in the policy, and by its path, which needs no policy.
            try host.cachewarden("verify", ["go-build"] + arguments).run()
        }

        private func expectIntact(_ host: borrowing TestHost, _ count: Int) throws {
            let long = Timestamp(seconds: 1_000_000_000)
            let paths = try TreeSnapshot(of: host.cache).nodes.filter { $0.value.kind != .directory }.keys
            for path in paths {
                try host.folder.setTimes(FilePath("go-build").appending("\(path)"), accessed: long)
            }
            for arguments in [["go-build"], [host.cache.string], ["go-build", "--threads", "1"]] {
                let result = try host.cachewarden("verify", arguments).run()
                #expect(result.status == 0, "\(result)")
                #expect(result.output.hasPrefix("INTACT  \(count) outputs ("), "\(result)")
                #expect(result.errors.isEmpty, "\(result)")
            }
            for path in paths {
                #expect(try FileStatus.accessTime(of: host.cache.appending("\(path)")) == long, "\(path) was used")
            }
        }

        /// Verifies without pause while builds compile changing packages and cache changing executables.
        private func expectNoFalseReport(
            _ host: borrowing TestHost, _ toolchain: Installation.Toolchain, _ program: FilePath
        ) throws {
            let builds = host.go(toolchain, "version", in: program, as: host.first, umask: "022")
                .replaced(
                    with: """
                        for turn in 1 2 3 4 5 6 7 8; do
                            printf 'package lib\\n\\nvar Text = "turn %s"\\n' $turn >lib/lib.go
                            "$0" run . || exit 1
                        done
                        """)
            try Command("/bin/chown", "-R", host.first, program.string).runSuccessfully()
            let running = try builds.start()
            var turns = 0
            while running.isRunning {
                let result = try verify(host)
                #expect(result.status == 0, "\(result)")
                turns += 1
            }
            let ended = try running.finish()
            #expect(ended.status == 0, "\(ended)")
            #expect(turns > 3, "the builds were over before anything was verified")
        }

        private func victims(_ host: borrowing TestHost) throws -> [RelativePath]? {
            let outputs = try outputs(host)
            guard let plain = outputs.first(where: { $0.depth == 2 }),
                let executable = outputs.last(where: { $0.depth == 3 })
            else { return nil }
            return [plain, executable]
        }

        private func poison(_ host: borrowing TestHost, _ path: RelativePath) throws {
            let name = FilePath("go-build").appending("\(path)")
            let status = try host.folder.status(name)
            var content = try host.folder.read(name)
            content[content.count / 2] ^= 1
            let file = try FileDescriptor.open(host.folder.path(name), .writeOnly)
            try file.closeAfter { _ = try file.writeAll(content) }
            // As somebody does who wants it to look old.
            try host.folder.setTimes(name, modified: Timestamp(seconds: status.modified.seconds - 60))
        }

        private func expectDamaged(_ host: borrowing TestHost, _ victims: [RelativePath]) throws {
            let before = try TreeSnapshot(of: host.cache)
            let report = host.folder.path("verify.json").string
            let result = try verify(host, "--format", "json", "--output", report, "--format", "text")
            #expect(result.status == 2, "\(result)")
            #expect(result.output.hasPrefix("DAMAGED  2 of "), "\(result)")
            for victim in victims { #expect(result.output.contains("  \(victim)\n    \(host.first), "), "\(result)") }
            let document = try JSONSerialization.jsonObject(with: Data(try host.folder.read("verify.json")))
            let json = try #require(document as? [String: Any])
            #expect(json["verdict"] as? String == "damaged")
            let damaged = try #require(json["damaged-outputs"] as? [[String: Any]])
            #expect(damaged.compactMap { $0["path"] as? String } == victims.map { "\($0)" }.sorted())
            #expect(try TreeSnapshot(of: host.cache).differences(from: before).isEmpty, "verify changes nothing")
        }

        /// Go makes anew what went, and what it makes is whole.
        private func expectRepaired(
            _ host: borrowing TestHost, _ toolchain: Installation.Toolchain, _ program: FilePath,
            _ victims: [RelativePath]
        ) throws {
            let before = try outputs(host)
            let report = host.folder.path("repair.json").string
            let result = try verify(
                host, "--repair", "--wait", "5m", "--format", "json", "--output", report, "--format", "text")
            #expect(result.status == 0 && result.output.contains("builds make anew what they need"), "\(result)")
            #expect(try Set(outputs(host)) == Set(before).subtracting(victims))
            let document = try JSONSerialization.jsonObject(with: Data(try host.folder.read("repair.json")))
            let repair = try #require((document as? [String: Any])?["repair"] as? [String: Any])
            #expect(repair["verdict"] as? String == "repaired")
            try host.go(toolchain, "run", ".", in: program, as: host.first, umask: "022").runSuccessfully()
            let again = try verify(host)
            #expect(again.status == 0, "\(again)")
            let audit = try Command(Installation.binary, "audit", "verify", "--settings", host.settings.string).run()
            #expect(audit.status == 0, "\(audit)")
        }
    }

    /// What needs no Go.
    @Suite("Verifying what is no intact cache") struct VerifyRefusalTests {
        @Test func refusesWhatIsNoCache() throws {
            let directory = try TemporaryDirectory()
            try directory.write("letter.txt", "x")
            let other = try verify(directory.path.string)
            #expect(other.status == 1, "\(other)")
            #expect(other.errors.contains("is no Go build cache"), "\(other)")
            let missing = try verify(directory.path("missing").string)
            #expect(missing.status == 1, "\(missing)")
            #expect(missing.errors.contains("No such file or directory"), "\(missing)")
            try directory.makeSymbolicLink("link", to: directory.path("cache"))
            try directory.makeDirectory("cache")
            let link = try verify(directory.path("link").string)
            #expect(link.status == 1, "\(link)")
            let unknown = try verify("nobody")
            #expect(unknown.status == 1, "\(unknown)")
            #expect(unknown.errors.contains("has a cache 'nobody'"), "\(unknown)")
            #expect(try verify().status == 64)
        }

        @Test func refusesLayoutsWithoutHashes() throws {
            let directory = try TemporaryDirectory()
            try directory.makeDirectory("modules")
            let policy = try directory.write(
                "p.yaml",
                "version: 1\npolicy: p\ncaches: [{name: m, path: \(directory.path("modules")), layout: directory}]\n")
            let result = try verify("m", "--policy", policy.string)
            #expect(result.status == 1, "\(result)")
            #expect(result.errors.contains("its layout is directory"), "\(result)")
        }

        /// The names of these outputs are made up: all of them are damaged, and every one is a path that was given relative.
        @Test func findsEveryOutputOfAMadeUpCache() throws {
            let directory = try TemporaryDirectory()
            let tree = try GoCacheTree(in: directory, pairs: 30)
            for output in tree.outputs { try directory.setTimes(output, modified: Timestamp(seconds: 1_700_000_000)) }
            var command = Command(Installation.binary, "verify", ".", "--color", "never")
            command.directory = directory.path
            let result = try command.run()
            #expect(result.status == 2, "\(result)")
            #expect(result.output.hasPrefix("DAMAGED  30 of 30 outputs do not match their names\n"), "\(result)")
            #expect(result.output.contains("'\(directory.path)'"), "\(result)")
        }

        /// What stands beside them in the cache stays, down to its times.
        @Test func removesWhatIsDamagedAndNothingElse() throws {
            let directory = try TemporaryDirectory()
            try directory.makeDirectory("cache")
            let tree = try GoCacheTree(in: directory, at: "cache", pairs: 30)
            // The hash of nothing, as half of all caches have it.
            let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855-d"
            let shard = FilePath("cache/e3")
            if try !directory.exists(shard) { try directory.makeDirectory(shard) }
            try directory.write(shard.appending(empty), "")
            let good = directory.path(shard.appending(empty))
            for output in tree.outputs { try directory.setTimes(output, modified: Timestamp(seconds: 1_700_000_000)) }
            let before = try FileStatus(of: good)
            var command = Command(Installation.binary, "verify", directory.path("cache").string, "--repair")
            command.environment["XDG_STATE_HOME"] = directory.path("state").string
            command.environment["XDG_RUNTIME_DIR"] = directory.path("run").string
            // Any build of this machine makes outputs wait.
            command.arguments += ["--wait", "5m"]
            command.retriedStatus = 75
            let result = try command.run()
            #expect(result.status == 0, "\(result)")
            #expect(result.output.hasPrefix("DAMAGED  30 of 31 outputs do not match their names\n"), "\(result)")
            #expect(result.output.contains("  removed 60 names ("), "\(result)")
            for path in tree.actions + tree.outputs { #expect(try !directory.exists(path), "\(path)") }
            #expect(try FileStatus(of: good) == before)
            let again = try command.run()
            #expect(again.status == 0 && again.output.hasPrefix("INTACT  1 output"), "\(again)")
        }

        @Test func waitsForNothingUnlessItRepairs() throws {
            let result = try verify("/tmp", "--wait", "5s")
            #expect(result.status == 64 && result.errors.contains("--wait is for '--repair'"), "\(result)")
        }

        private func verify(_ arguments: String...) throws -> CommandResult {
            try Command(Installation.binary, arguments: ["verify"] + arguments).run()
        }
    }
}

extension Command {
    /// Returns a shell script that runs in this command's place; the command is its `$0`.
    func replaced(with script: String) -> Command {
        var command = self
        command.executable = "/bin/sh"
        command.arguments = ["-c", script, executable.string]
        return command
    }
}

extension TestHost {
    fileprivate func cachewarden(_ command: String, _ arguments: [String]) -> Command {
        var command = cachewarden(command)
        command.arguments += arguments
        return command
    }
}
