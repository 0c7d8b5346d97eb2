package import ArgumentParser
internal import FoundationEssentials
internal import SystemPackage
internal import WardenAgent
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// `cachewarden exec -- COMMAND ARG…`
package struct Exec: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Run a build unchanged, and say why it failed.",
        discussion: """
            COMMAND runs as it would without cachewarden, and its exit code, or the signal it died of, is passed on. When it \
            fails, a line on standard error says why, and another what to do. 'failed-builds.json' in the state directory \
            counts builds by user, module and reason.

            Exit codes: COMMAND's own; 126 it cannot be run; 127 it was not found; 64 usage.
            """)

    @Flag(help: "Say nothing about a failure, only count it.")
    var quiet = false

    @Option(help: ArgumentHelp("Treat this directory as '/' of the counts of root's builds.", valueName: "dir"))
    var root = PathArgument.wholeHost

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The command and its arguments, after '--'.", valueName: "command")
    )
    var command: [String]

    package init() {}

    package func validate() throws {
        guard command.first?.isEmpty == false else { throw ValidationError("there is no command after '--'") }
    }

    package func run() throws {
        // The words as they are: the parser's are repaired where they are no UTF-8.
        let words = Array(ProcessArguments.rawWords.suffix(command.count))
        let result: TransparentProcess.Result
        do throws(Errno) {
            result = try TransparentProcess.run(words)
        } catch {
            Terminal.note("cachewarden: cannot run '\(escapedForDisplay(words.first ?? []))': \(error)")
            // As env(1) does.
            throw ExitCode(error == .noSuchFileOrDirectory ? 127 : 126)
        }
        tell(result, words)
        switch result.end {
        case .exited(let status): throw ExitCode(status)
        case .killed(let signal):
            TransparentProcess.die(of: signal)
            // As shells say it.
            throw ExitCode(128 + signal)
        }
    }

    private func tell(_ result: TransparentProcess.Result, _ words: [[UInt8]]) {
        do {
            let run = ExecRun(
                words,
                in: Surroundings(
                    now: { SystemClock.now() }, makeRunID: { "" }, environment: ProcessInfo.processInfo.environment,
                    caller: try ProcessIdentity.current(), hostName: "",
                    top: WorkingDirectory.absolute(root.path)))
            let failure = run.failure(result)
            if let warning = run.count(result, failure) { Terminal.note("cachewarden: warning: \(warning)") }
            guard let failure, !quiet else { return }
            let line = failure.shownLine ?? "it said nothing"
            Terminal.note("cachewarden: the build failed: \(failure.reason.rawValue): \(line)")
            Terminal.note("hint: \(failure.hint)")
        } catch {
            Terminal.note("cachewarden: warning: cannot count the build: \(error)")
        }
    }
}
