package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel

/// `cachewarden clean CACHE`
package struct Clean: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Empty a Go build cache without failing a build.",
        discussion: """
            CACHE is a cache's name in a policy, or its path. Everything that builds made goes; fuzzing corpora, 'README' and \
            'trim.txt' stay. Actions go at once: builds then miss, and make anew what they need. Outputs that a running build \
            may hold go when it has ended; --wait says how long to wait for that, and without it the command says which \
            builds they are and ends with exit code 2. Another run goes on from there.
            """)

    @Argument(help: ArgumentHelp("A cache's name in a policy, or the path of a cache.", valueName: "cache"))
    var cache: PathArgument

    @Option(
        name: .customLong("with"),
        help: ArgumentHelp(
            "Run 'go clean -cache' as the cache's owner instead; never as root. 'go' is looked for where root put it.",
            valueName: "go"))
    var tool: CleaningTool?

    @Option(
        name: .customLong("go"),
        help: ArgumentHelp("The go command for '--with go'; it must be root's alone.", valueName: "path"))
    var command: PathArgument?

    @Flag(help: "Remove everything at once; running builds that use the cache fail.")
    var now = false

    @Option(help: ArgumentHelp("Wait so long for running builds: 90s, 10m, 2h.", valueName: "duration"))
    var wait: WaitingTime?

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        try output.allow(OutputOptions.plainFormats)
        guard command == nil || tool != nil else { throw ValidationError("--go is for '--with go'") }
        guard !now || wait == nil else { throw ValidationError("--now does not wait: leave out --wait") }
    }

    package func run() throws {
        let progress = WalkProgress()
        var request = options.request(.clean, progress: progress)
        request.target = .cache(cache.text)
        let way: CleanRequest.Way = tool == nil ? .native : .go(command?.path)
        let clean = CleanRequest(way: way, builds: now ? .ignore : .wait(wait?.duration ?? .zero))
        let run = CleanRun(clean, request, in: try options.surroundings()) { Terminal.note($0) }
        let report = try ProgressLine.showing(options.progress, progress) { try run.run() }
        try output.write(report)
        try RunCommand.exit(report)
    }
}

/// What empties a cache in place of the agent.
enum CleaningTool: String, ExpressibleByArgument, CaseIterable {
    case go
}

/// A number and its unit.
struct WaitingTime: ExpressibleByArgument {
    static let threeHours = WaitingTime(duration: .seconds(3 * 3_600), text: "3h")

    let duration: Duration
    private let text: String
    var defaultValueDescription: String { text }

    private init(duration: Duration, text: String) {
        self.duration = duration
        self.text = text
    }

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        guard let last = argument.last, let unit = units[last], let number = Int64(argument.dropLast()),
            (0...86_400).contains(number)
        else { return nil }
        self.init(duration: .seconds(number * unit), text: argument)
    }
}
