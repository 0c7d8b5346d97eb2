package import ArgumentParser
internal import WardenAgent
internal import WardenLinux

/// The root command: configuration only.
package struct Cachewarden: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "cachewarden",
        abstract: "Keep shared Go build caches the way a policy says.",
        discussion: """
            A YAML policy names a cache directory and who may use it. 'check' compares the policy with what is there, \
            'plan' shows the changes that would close the difference, 'apply' makes them and writes an audit log. \
            Without any policy 'check' looks at your own Go build cache.

            Exit codes: 0 compliant, or all applied; 1 the run failed or refused to start; 2 drift found or changes \
            pending; 3 partly applied; 64 usage; 65 bad policy or settings; 75 another run holds the lock. 'exec' ends as \
            its command does.
            """,
        version: agentVersion,
        subcommands: [
            Check.self, MakePlan.self, Apply.self, Watch.self, Stat.self, Explain.self, Clean.self, Verify.self,
            Access.self,
            Doctor.self, Analyze.self, Trace.self, Procs.self, Exec.self, PolicyCommand.self, AuditCommand.self,
            Report.self, Export.self, Notify.self,
        ])

    package init() {}

    /// Runs the command line of this process and exits with its code.
    package static func start() {
        // Interruptions end a run between two entries, with a report; without a handler they end it anywhere, which
        // the next run repairs.
        try? Interruption.watch()
        do {
            // Not the parser's own look at the arguments: without /proc it sees none, prints help, and calls it success.
            var command = try parseAsRoot(ProcessArguments.words)
            try command.run()
        } catch let error as AgentError {
            Terminal.complain(error)
            exit(withError: ExitStatus.of(error, isScheduled: ScheduledRun.isThis).exitCode)
        } catch let code as ExitCode {
            exit(withError: code)
        } catch  where exitCode(for: error) == .failure {
            // Not the argument parser's own: help, version and usage have codes of their own.
            Terminal.note("cachewarden: \(error)")
            exit(withError: ExitStatus.failed.exitCode)
        } catch {
            exit(withError: error)
        }
    }
}
