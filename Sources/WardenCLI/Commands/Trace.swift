package import ArgumentParser
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden trace [CACHE]`
package struct Trace: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Say who writes into a Go build cache while it happens.",
        discussion: """
            Changes nothing. For each entry that is written: its user and process, the go command with its module, and the \
            package; at the end who wrote how much, which modules, and which packages again and again. CACHE is a cache's \
            name in a policy, or a path, which needs no policy; without it, it is the one that the policies have, or your own.

            Ctrl-C or SIGTERM ends it well. Without CAP_SYS_ADMIN the kernel names no process: then the owner of each entry \
            is told, and that no more is known.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: ArgumentHelp("A cache's name in a policy, or the path of a Go build cache.", valueName: "cache"))
    var cache: PathArgument?

    @Option(help: ArgumentHelp("End after this time: 90s, 10m, 2h (default: Ctrl-C ends it).", valueName: "duration"))
    var duration: WaitingTime?

    @Flag(help: "Tell what is read too, and how much of what builds asked for they found.")
    var hits = false

    @OptionGroup var options: RunOptions

    @Option(help: "text, or json: an object a line.")
    var format = Format.text

    @Option(help: "Colour the text: auto, always or never; NO_COLOR is honoured.")
    var color = When.auto

    package init() {}

    package func validate() throws {
        guard let duration else { return }
        guard duration.duration >= .seconds(1) else { throw ValidationError("--duration must be at least 1s") }
    }

    package func run() throws {
        var request = options.request(.stat, progress: WalkProgress())
        if let cache { request.target = .cache(cache.text) }
        let run = TraceRun(request, for: duration?.duration, reads: hits, in: try options.surroundings())
        switch format {
        case .text: try writeText(of: run)
        case .json: try writeJSON(of: run)
        }
    }

    private func writeText(of run: TraceRun) throws {
        let style = color.style(Terminal.isTerminal(.standardOutput))
        let lines = TraceLines(style: style, columns: Terminal.columns)
        let report = try run.run { event in
            switch event {
            case .began(let opening): try Terminal.write(lines.head(of: opening))
            case .happened(let entries, let names): try Terminal.write(lines.lines(of: entries, userNames: names))
            }
        }
        try Terminal.write("\n" + TraceText(report).render(style: style, columns: Terminal.columns))
    }

    private func writeJSON(of run: TraceRun) throws {
        let lines = TraceJSON()
        let report = try run.run { event in
            switch event {
            case .began(let opening): try Terminal.write(lines.start(opening))
            case .happened(let entries, let names): try Terminal.write(lines.lines(of: entries, userNames: names))
            }
        }
        try Terminal.write(lines.summary(report))
    }
}
