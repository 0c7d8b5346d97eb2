import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// A command through `exec` against the same command without. Needs no rights.
    @Suite("Running a command unchanged") struct ExecTests {
        @Test(arguments: [0, 1, 2, 7, 64, 75, 126, 127, 255] as [Int32])
        func exitCodesArePassedOn(code: Int32) throws {
            let place = try BuildPlace.make()
            #expect(try place.exec([], "sh", "-c", "exit \(code)").run().status == code)
        }

        @Test(arguments: [SIGSEGV, SIGKILL, SIGTERM, SIGINT, SIGPIPE, SIGABRT, 34])
        func deathsArePassedOn(signal: Int32) throws {
            let place = try BuildPlace.make()
            // The shell around it tells a death from an exit code no better than we do: it is asked directly.
            let result = try place.exec([], "sh", "-c", "kill -\(signal) $$").run()
            #expect(result.status == 128 + signal, "\(result)")
            let exits = try place.exec([], "sh", "-c", "exit \(128 + signal)").start()
            #expect(try exits.finish().status == 128 + signal)
            let script = """
                import subprocess, sys
                sys.exit(subprocess.run(sys.argv[1:]).returncode != -\(signal))
                """
            var asked = place.exec([], "sh", "-c", "kill -\(signal) $$")
            asked.arguments = ["-c", script, asked.executable.string] + asked.arguments
            asked.executable = "/usr/bin/python3"
            #expect(try asked.run().status == 0, "signal \(signal)")
        }

        @Test(arguments: [("no-such-command", 127), ("./main.go.d", 126), ("/", 126)] as [(String, Int32)])
        func whatCannotRunSaysSo(command: String, status: Int32) throws {
            let place = try BuildPlace.make()
            try place.folder.write("p/main.go.d", "x", mode: ModeBits(0o644))
            let result = try place.exec([], command).run()
            #expect(result.status == status)
            #expect(result.errors.hasPrefix("cachewarden: cannot run '\(command)': "), "\(result)")
        }

        @Test func wordsArePassedOnAsTheyAre() throws {
            let place = try BuildPlace.make()
            let result = try place.exec([], "printf", "[%s]", "--", "--quiet", "", "a b", "-x").run()
            #expect(result.output == "[--][--quiet][][a b][-x]", "\(result)")
        }

        /// Both streams in one file, many times in turn: a copier with two pipes mixes them up.
        @Test func orderStaysWhereBothStreamsAreOneFile() throws {
            let place = try BuildPlace.make()
            let script = "i=0; while [ $i -lt 2000 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done"
            var command = place.exec([], "sh", "-c", script)
            command.arguments = ["-c", "\"$@\" >both 2>&1", "sh", command.executable.string] + command.arguments
            command.executable = "/bin/sh"
            try command.runSuccessfully()
            let wanted = (0..<2000).map { "o\($0)\ne\($0)\n" }.joined()
            #expect(String(decoding: try place.folder.read("p/both"), as: UTF8.self) == wanted)
        }

        @Test func bytesArePassedOnWhateverTheyAre() throws {
            let place = try BuildPlace.make()
            var generator = SeededGenerator(seed: 3)
            let bytes = generator.bytes(3_000_000)
            let file = try FileDescriptor.open(
                place.folder.path("p/bytes"), .writeOnly, options: .create, permissions: .ownerReadWrite)
            try file.closeAfter { _ = try file.writeAll(bytes) }
            var command = place.exec([], "sh", "-c", "cat bytes; cat bytes >&2")
            command.arguments = ["-c", "\"$@\" >out 2>err", "sh", command.executable.string] + command.arguments
            command.executable = "/bin/sh"
            try command.runSuccessfully()
            #expect(try place.folder.read("p/out") == bytes)
            #expect(try place.folder.read("p/err") == bytes)
        }

        /// Without the copier a writer dies of SIGPIPE when nobody reads; with it too, and does not run on for ever.
        @Test(.timeLimit(.minutes(2)), arguments: ["yes", "yes >&2"])
        func readersThatGoAwayReachTheCommand(script: String) throws {
            let place = try BuildPlace.make()
            var command = place.exec([], "sh", "-c", "exec " + script)
            command.arguments =
                ["-c", "{ \"$@\" 2>&1; echo $? >status; } | head -1", "sh", command.executable.string]
                + command.arguments
            command.executable = "/bin/sh"
            command.limit = 60
            try command.runSuccessfully()
            #expect(try place.folder.read("p/status") == Array("141\n".utf8))
        }

        @Test(.timeLimit(.minutes(2))) func daemonsThatHoldThePipesAreNotWaitedFor() throws {
            let place = try BuildPlace.make()
            var command = place.exec([], "sh", "-c", "sleep 8 & echo last; echo last >&2")
            // Timed inside: the daemon also holds what tells this process that the shell has ended.
            let script = "begin=$(date +%s); \"$@\"; echo $? $(($(date +%s) - begin)) >took"
            command.arguments = ["-c", script, "sh", command.executable.string] + command.arguments
            command.executable = "/bin/sh"
            let result = try command.runSuccessfully()
            #expect(result.output == "last\n" && result.errors == "last\n", "\(result)")
            let took = String(decoding: try place.folder.read("p/took"), as: UTF8.self).split(separator: " ")
            #expect(took.first == "0")
            #expect(try #require(took.last.flatMap { Int($0.dropLast()) }) < 6, "\(took)")
        }

        @Test(.timeLimit(.minutes(2))) func termIsPassedOnAndIntIsOutlived() throws {
            let place = try BuildPlace.make()
            let script = """
                trap 'echo terminated; exit 3' TERM; trap 'echo interrupted; exit 4' INT
                touch ready; while :; do sleep 0.05; done
                """
            let file = place.folder.path("p/ready").string
            var command = place.exec([], "sh", "-c", script)
            // INT to this process alone: the command goes on, and ends by TERM.
            command.arguments =
                [
                    "-c",
                    """
                    "$@" & p=$!; while [ ! -e \(file) ]; do sleep 0.05; done
                    kill -INT $p; sleep 0.3; kill -TERM $p; wait $p
                    """, "sh", command.executable.string,
                ] + command.arguments
            command.executable = "/bin/bash"
            let result = try command.run()
            #expect(result.status == 3 && result.output == "terminated\n", "\(result)")
            #expect(!result.errors.contains("the build failed"), "whoever stops a build knows why")
        }

        @Test func signalsAreHandedDownAsTheyCame() throws {
            let place = try BuildPlace.make()
            let words = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
            for before in [["--default-signal"], ["--ignore-signal=HUP,CHLD,PIPE,TERM"], ["--block-signal=INT,USR1"]] {
                let direct = try Command("/usr/bin/env", arguments: before + words).run()
                let exec = place.exec(words: words)
                let through = try Command(
                    "/usr/bin/env",
                    arguments: before + ["HOME=\(place.folder.path("home"))", exec.executable.string] + exec.arguments
                ).run()
                #expect(direct.status == 0 && through.status == 0, "\(through)")
                #expect(through.output == direct.output, "\(before)")
            }
        }

        @Test func failuresAndSuccessesAreCounted() throws {
            let place = try BuildPlace.make()
            for script in ["exit 1", "exit 0", "exit 1", "exit 0", "exit 0", "kill -TERM $$"] {
                _ = try place.exec([], "sh", "-c", script).run()
            }
            let counts = try place.counts()
            #expect(counts["schema"] as? String == "cachewarden.builds/1")
            #expect(counts["succeeded"] as? Int == 3)
            let rows = try #require(counts["failed"] as? [[String: Any]])
            #expect(rows.count == 1, "a build that was stopped is no failure: \(rows)")
            #expect(rows.first?["count"] as? Int == 2)
            #expect(rows.first?["module"] as? String == "example.com/p")
            #expect(rows.first?["reason"] as? String == "unknown")
        }

        /// A build waits ten seconds to be counted, on a slow disk in vain; then it says so.
        @Test(.timeLimit(.minutes(2))) func noCountIsLostAmongManyBuilds() throws {
            let place = try BuildPlace.make()
            var many = place.exec([], "sh", "-c", "exit 1")
            many.arguments =
                ["-c", "for i in $(seq 40); do \"$@\" & done; wait", "sh", many.executable.string]
                + many.arguments
            many.executable = "/bin/sh"
            let uncounted = try many.runSuccessfully().errors.split(separator: "cannot count the build").count - 1
            let rows = try #require(try place.counts()["failed"] as? [[String: Any]])
            #expect(rows.first?["count"] as? Int == 40 - uncounted && uncounted < 40, "\(rows)")
        }

        @Test func whatCannotBeCountedIsOneWarning() throws {
            let place = try BuildPlace.make()
            for name: FilePath in ["top/var", "home/.local"] { try place.folder.write(name, "in the way") }
            let result = try place.exec(["--quiet"], "sh", "-c", "exit 5").run()
            #expect(result.status == 5)
            #expect(result.errors.hasPrefix("cachewarden: warning: "), "\(result)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
        }

        @Test func quietSaysNothingAndCounts() throws {
            let place = try BuildPlace.make()
            let result = try place.exec(["--quiet"], "sh", "-c", "echo x >&2; exit 5").run()
            #expect(result.status == 5 && result.errors == "x\n", "\(result)")
            #expect(try (place.counts()["failed"] as? [Any])?.count == 1)
        }
    }
}
