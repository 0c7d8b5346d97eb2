package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden analyze [CACHE]`
package struct Analyze: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Say what a Go build cache is made of: kinds, Go versions, packages, owners, duplicated work.",
        discussion: """
            Changes nothing, and refreshes nothing by reading: of every output it reads the beginning, and of an archive the \
            tables that say which package it is. CACHE is a cache's name in a policy, or a path, which needs no policy; \
            without it, it is the one that the policies have, or your own.
            """)

    @Argument(help: ArgumentHelp("A cache's name in a policy, or the path of a Go build cache.", valueName: "cache"))
    var cache: PathArgument?

    @Option(help: ArgumentHelp("How many of the largest outputs to show.", valueName: "count"))
    var top = 10

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        try output.allow(OutputOptions.plainFormats + [.html])
        guard (0...10_000).contains(top) else { throw ValidationError("--top is a number from 0 to 10000") }
    }

    package func run() throws {
        let progress = WalkProgress()
        var request = options.request(.stat, progress: progress)
        if let cache { request.target = .cache(cache.text) }
        let run = AnalyzeRun(request, topCount: top, in: try options.surroundings())
        let report = try ProgressLine.showing(options.progress, progress) { try run.run() }
        try output.write(
            text: { AnalysisText(report).render(style: $0, columns: Terminal.columns) },
            json: { try AnalysisJSON(report).render() }, html: { AnalysisHTML(report).render() })
        guard !report.analysis.isInterrupted else { throw ExitCode(1) }
    }
}
