package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden verify CACHE`
package struct Verify: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Hash the outputs of a Go build cache and compare them with their names.",
        discussion: """
            Changes nothing, and refreshes nothing by reading. CACHE is a cache's name in a policy, or a path, which needs no \
            policy. Exit code 0: every output matches; 2: some do not; 1: some could not be checked, or the run failed.
            """)

    @Argument(help: ArgumentHelp("A cache's name in a policy, or the path of a cache.", valueName: "cache"))
    var cache: PathArgument

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func run() throws {
        let progress = WalkProgress()
        var request = options.request(.stat, progress: progress)
        request.target = .cache(cache.text)
        let run = VerifyRun(request, in: try options.surroundings())
        let report = try ProgressLine.showing(options.progress, progress) { try run.run() }
        try output.write(
            text: { VerificationText(report).render(style: $0, columns: Terminal.columns) },
            json: { try VerificationJSON(report).render() })
        guard report.verdict.exitCode == 0 else { throw ExitCode(report.verdict.exitCode) }
    }
}
