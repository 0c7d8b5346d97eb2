import Dispatch
import Foundation
import SystemPackage
import Testing
import WardenTestSupport

/// A command line with everything it depends on: nothing of the test's own environment leaks in.
struct Command: CustomStringConvertible {
    /// Whom a command runs as: `nil` where the test's own user is meant.
    struct Account {
        let user: String
        let umask: String
    }

    var executable: FilePath
    var arguments: [String]
    var environment: [String: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent"]
    var account: Account?
    var directory: FilePath = "/"
    /// The command is run again as long as it ends with this status: somebody else on this machine holds a lock.
    var retriedStatus: Int32?
    /// After this many seconds the command is killed and the test fails.
    var limit = 300

    var description: String { ([executable.string] + arguments).joined(separator: " ") }

    init(_ executable: FilePath, _ arguments: String...) {
        self.executable = executable
        self.arguments = arguments
    }

    init(_ executable: FilePath, arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// Returns the same command as another user, in that user's groups and with this umask.
    func run(as user: String, umask: String) -> Command {
        var command = self
        command.account = Account(user: user, umask: umask)
        return command
    }

    /// Returns the same command under strace, with a call made to fail: `openat2:error=ENOSYS` (`strace(1)`, "inject").
    func injecting(_ fault: String) -> Command {
        var command = self
        command.executable = "/usr/bin/strace"
        command.arguments =
            ["-f", "-qq", "-o", "/dev/null", "-e", "inject=" + fault] + [executable.string] + arguments
        return command
    }

    /// Runs to the end and returns what was said.
    @discardableResult
    func run() throws -> CommandResult {
        let end = ContinuousClock.now + .seconds(limit)
        while true {
            let result = try start().finish()
            guard let retriedStatus, result.status == retriedStatus, ContinuousClock.now < end else { return result }
        }
    }

    /// Runs to the end and expects success; for what a test only prepares.
    @discardableResult
    func runSuccessfully(sourceLocation: SourceLocation = #_sourceLocation) throws -> CommandResult {
        let result = try run()
        try #require(result.status == 0, "\(self): \(result)", sourceLocation: sourceLocation)
        return result
    }

    /// Starts the command and returns at once.
    func start() throws -> RunningCommand {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Dispatch's threads block every signal, and a command inherits that: SIGINT would never reach it.
        var words = ["--default-signal"]
        if let account {
            words += ["/usr/bin/setpriv", "--reuid=\(account.user)", "--regid=\(account.user)", "--init-groups"]
            words += ["/bin/sh", "-c", "umask \(account.umask); exec \"$@\"", "sh"]
        }
        process.arguments = words + [executable.string] + arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: directory.string)
        let files = try TemporaryDirectory()
        let running = RunningCommand(process, limit: limit, description: description, files: files)
        try running.start()
        return running
    }
}

/// What a finished command said.
struct CommandResult: CustomStringConvertible {
    /// The exit code, or 128 and the signal's number.
    let status: Int32
    let output: String
    let errors: String

    var description: String { "exit \(status)\n--- stdout\n\(output)\n--- stderr\n\(errors)" }
}

/// A command that has been started.
struct RunningCommand: ~Copyable {
    private let process: Process
    private let ended = DispatchSemaphore(value: 0)
    private let files: TemporaryDirectory
    private let limit: Int
    private let description: String

    init(_ process: Process, limit: Int, description: String, files: consuming TemporaryDirectory) {
        self.process = process
        self.limit = limit
        self.description = description
        self.files = files
    }

    fileprivate func start() throws {
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: a report of any length must not stop the command.
        let output = FileHandle(forWritingAtPath: try files.write("output", "").string)
        let errors = FileHandle(forWritingAtPath: try files.write("errors", "").string)
        process.standardOutput = output
        process.standardError = errors
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
        // The process has its own; nothing says when these would go, and a test may start 20,000.
        for handle in [output, errors] { try handle?.close() }
    }

    var isRunning: Bool { process.isRunning }

    var id: pid_t { process.processIdentifier }

    /// Sends SIGINT, as Ctrl-C does.
    func interrupt() { signal(SIGINT) }

    func signal(_ number: CInt) { kill(process.processIdentifier, number) }

    /// What it has said so far on standard output, and on standard error.
    func said() throws -> (output: String, errors: String) {
        let (output, errors) = (try files.read("output"), try files.read("errors"))
        return (String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
    }

    /// Waits for the end; a command over its time is killed and is a failure.
    consuming func finish() throws -> CommandResult {
        if ended.wait(timeout: .now() + .seconds(limit)) == .timedOut {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
            Issue.record("'\(description)' did not end within \(limit) s")
        }
        let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return CommandResult(
            status: status, output: String(decoding: try files.read("output"), as: UTF8.self),
            errors: String(decoding: try files.read("errors"), as: UTF8.self))
    }
}
