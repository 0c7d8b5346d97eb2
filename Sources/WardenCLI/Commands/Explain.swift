package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden explain PATH`
package struct Explain: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Say what an entry is, what keeps it, and what would remove it.",
        discussion: """
            Changes nothing, and refreshes nothing by looking. PATH is any name below a cache root: an action, an output, an \
            executable, a fuzz file.
            """)

    @Argument(help: ArgumentHelp("An entry's path.", valueName: "path"))
    var path: PathArgument

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws { try output.allow(OutputOptions.plainFormats) }

    package func run() throws {
        let progress = WalkProgress()
        var request = options.request(.stat, progress: progress)
        request.target = .entry
        let run = ExplainRun(request, in: try options.surroundings())
        let explanation = try ProgressLine.showing(options.progress, progress) { try run.run(path.text) }
        let report = ExplanationReport(explanation)
        try output.write(
            text: { report.render(style: $0, columns: Terminal.columns) }, json: { try report.renderJSON() })
    }
}
