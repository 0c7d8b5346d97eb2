import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

@Suite(.timeLimit(.minutes(30)))
struct ChildProcessTests {
    @Test func saysHowTheProgramEnded() throws {
        #expect(try Child.shell("exit 0").end == .exited(status: 0))
        #expect(try Child.shell("exit 3").end == .exited(status: 3))
        #expect(try Child.shell("kill -TERM $$").end == .killed(signal: SIGTERM))
        #expect(try Child.shell("exit 3").stop == nil)
    }

    @Test func keepsWhatItSaysInItsOrder() throws {
        let result = try Child.shell("echo a; echo b >&2; echo c; cat; printf '\\377'")
        #expect(result.output == Array("a\nb\nc\n".utf8) + [0xff])
        #expect(!result.isOutputCut)
    }

    @Test func readsToTheEndAndKeepsTheBeginning() throws {
        let result = try Child.shell("printf begin; head -c 104857600 /dev/zero; exit 5")
        #expect(result.output == Array("begin".utf8) + [UInt8](repeating: 0, count: 65_536 - 5))
        #expect(result.isOutputCut)
        #expect(result.end == .exited(status: 5))
    }

    @Test(arguments: [("12345", false), ("123456", true)]) func cutsBehindTheLimit(text: String, isCut: Bool) throws {
        let command = Child.command("/bin/sh", "-c", "printf \(text)")
        let result = try ChildProcess.run(command, as: Child.identity, limit: .seconds(60), outputLimit: ByteCount(5))
        #expect(result.output == Array("12345".utf8))
        #expect(result.isOutputCut == isCut)
    }

    @Test func saysWhatKeptTheProgramFromStarting() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o755))
        try directory.write("data", "#!/bin/sh\n", mode: ModeBits(0o644))
        try directory.write("garbage", "\u{1}", mode: ModeBits(0o755))
        let failure = { (path: FilePath) in
            #expect(throws: Errno.self) {
                try ChildProcess.run(Child.command(path), as: Child.identity, limit: .seconds(60))
            }
        }
        #expect(failure(directory.path("missing")) == .noSuchFileOrDirectory)
        #expect(failure(directory.path("data")) == .permissionDenied)
        #expect(failure(directory.path("garbage")) == .execFormatError)
        #expect(failure(directory.path) == .permissionDenied)
        #expect(failure("bin/sh") == .invalidArgument)
        #expect(throws: Errno.invalidArgument) { try Child.shell("exit 0\u{0}") }
    }

    @Test func killsAProgramThatTakesTooLong() throws {
        let start = ContinuousClock.now
        let result = try Child.shell("trap '' TERM INT HUP; echo started; sleep 600; sleep 600", limit: .seconds(1))
        #expect(result.timedOut)
        #expect(result.end == .killed(signal: SIGKILL))
        #expect(result.survivors == 0)
        #expect(result.output == Array("started\n".utf8))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func killsAProgramWhenTheRunIsToEnd() throws {
        var questions = 0
        let command = Child.command("/bin/sh", "-c", "sleep 600")
        let result = try ChildProcess.run(command, as: Child.identity, limit: .seconds(600)) {
            questions += 1
            return questions > 2
        }
        #expect(result.stop == .interruption)
        #expect(result.end == .killed(signal: SIGKILL))
    }

    /// Starts a daemon that keeps the output open, in a session of its own, with a child of its own, and names both.
    private static let daemon = """
        exec 3>&1
        daemon=$(setsid --fork sh -c 'trap "" TERM HUP; sleep 600 >&3 & echo $$ $!; exec >&3; wait')
        echo $daemon
        """

    @Test(arguments: ["exit 7", "sleep 600"]) func leavesNoDaemonBehind(end: String) throws {
        let start = ContinuousClock.now
        let isEndless = end != "exit 7"
        let result = try Child.shell("\(Self.daemon)\n\(end)", limit: .seconds(isEndless ? 3 : 60))
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(result.end == (isEndless ? .killed(signal: SIGKILL) : .exited(status: 7)))
        #expect(result.timedOut == isEndless)
        #expect(result.survivors == 0)
        let processes = result.text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        try #require(processes.count == 2, "\(result.text)")
        for process in processes { #expect(!Child.isRunning(process)) }
    }

    @Test func leavesOtherChildrenAlone() throws {
        let other = Process()
        other.executableURL = URL(fileURLWithPath: "/bin/sleep")
        other.arguments = ["600"]
        try other.run()
        defer {
            // Not terminate(): it inherits a mask that blocks SIGTERM.
            kill(other.processIdentifier, SIGKILL)
            other.waitUntilExit()
        }
        #expect(try Child.shell(Self.daemon).survivors == 0)
        #expect(Child.isRunning(other.processIdentifier))
    }

    @Test func diesWithItsKeeper() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path("process")
        // Only with the same user can it kill whoever would end it.
        let own = ChildIdentity(user: TestProcess.user, group: TestProcess.group, supplementaryGroups: [])
        let script = Child.command("/bin/sh", "-c", "echo $$ >'\(file)'; kill -KILL $PPID; exec sleep 600")
        #expect(throws: Errno.noChildProcess) { try ChildProcess.run(script, as: own, limit: .seconds(60)) }
        try expectEnd(ofProcessIn: directory)
    }

    @Test func diesWithItsParent() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.path("process").string
        await #expect(processExitsWith: .signal(SIGKILL)) { [file = file as String] in
            let own = ChildIdentity(user: TestProcess.user, group: TestProcess.group, supplementaryGroups: [])
            Thread {
                // It cannot come back: this process dies first.
                _ = try? ChildProcess.run(
                    Child.command("/bin/sh", "-c", "trap '' TERM; echo $$ >'\(file)'; sleep 600; :"), as: own,
                    limit: .seconds(600))
            }.start()
            while FileManager.default.contents(atPath: file)?.last != UInt8(ascii: "\n") { usleep(10_000) }
            kill(getpid(), SIGKILL)
        }
        try expectEnd(ofProcessIn: directory)
    }

    /// Expects that the process whose number a program has written down is gone, or soon will be.
    private func expectEnd(ofProcessIn directory: borrowing TemporaryDirectory) throws {
        let number = String(decoding: try directory.read("process"), as: UTF8.self)
        let process = try #require(Int32(number.trimmingCharacters(in: .newlines)))
        let end = ContinuousClock.now + .seconds(20)
        while Child.isRunning(process), ContinuousClock.now < end { usleep(10_000) }
        #expect(!Child.isRunning(process))
    }
}

/// Programs that tests run.
enum Child {
    /// Somebody without an account and without rights; a plain user can only be itself.
    static let identity: ChildIdentity =
        TestProcess.isRoot
        ? ChildIdentity(
            user: UserID(54_321), group: GroupID(54_322), supplementaryGroups: [GroupID(54_323), GroupID(54_324)])
        : ChildIdentity(user: TestProcess.user, group: TestProcess.group, supplementaryGroups: [])

    static func command(_ executable: FilePath, _ arguments: String...) -> ChildCommand {
        let name = executable.lastComponent?.string ?? ""
        return ChildCommand(
            executable, arguments: ([name] + arguments).map { Array($0.utf8) },
            environment: [Array("PATH=/usr/bin:/bin".utf8)])
    }

    static func shell(_ script: String, limit: Duration = .seconds(60)) throws(Errno) -> ChildResult {
        try ChildProcess.run(command("/bin/sh", "-c", script), as: identity, limit: limit)
    }

    /// Whether there is such a process; a zombie that nobody has reaped yet does not run.
    static func isRunning(_ process: Int32) -> Bool {
        guard let status = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
        return String(decoding: status, as: UTF8.self).split(separator: ") ").last?.first != "Z"
    }
}

extension ChildResult {
    var text: String { String(decoding: output, as: UTF8.self) }
}
