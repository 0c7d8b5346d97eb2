internal import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel

/// What check, plan and apply have in common.
struct RunCommand {
    let options: RunOptions
    let output: OutputOptions

    /// Runs the agent, with progress on the terminal, and says what is doubtful about the policies.
    func result(_ command: RunReport.Command, savedPlan: SavedPlan? = nil, target: RunRequest.Target = .allCaches)
        throws -> AgentRun.Result
    {
        let progress = WalkProgress()
        var request = options.request(command, progress: progress)
        request.savedPlan = savedPlan
        request.target = target
        // Thirty days are what a page shows well; other formats have no room for them.
        request.historySpan = output.formats.contains(.html) ? .seconds(30 * 86_400) : nil
        let run = AgentRun(request, in: try options.surroundings())
        let result = try ProgressLine.showing(options.progress, progress) { try run.run() }
        Terminal.complain(result.warnings)
        return result
    }

    /// Ends the command with the code that says the report's verdict.
    static func exit(_ report: RunReport) throws {
        guard report.verdict.exitCode != 0 else { return }
        throw ExitCode(report.verdict.exitCode)
    }

    /// Runs file operations and makes their errors the agent's; their words hold the remedy already.
    static func inAgentsWords(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch let error as FileError {
            throw AgentError.failed("\(error)", remedy: nil)
        }
    }
}
