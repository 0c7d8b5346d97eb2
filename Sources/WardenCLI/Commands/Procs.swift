package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenReport

/// `cachewarden procs`
package struct Procs: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Say which go commands run now, whose they are, and where each keeps its cache.",
        discussion: """
            Changes nothing, and needs no policy. For each of them it names the unit or CI job that it runs in, its GOCACHE and \
            what sets it, the packages that its steps work on now, and how much it has written. As another user than root it \
            sees the environment of its own commands only.
            """)

    @Option(
        name: .customLong("user"),
        help: ArgumentHelp("Only commands of this user, a name or number; may be repeated.", valueName: "user"))
    var users: [String] = []

    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws { try output.allow(OutputOptions.plainFormats) }

    package func run() throws {
        let run = ProcsRun(users: users, hostName: HostName.current, now: SystemClock.now())
        let report = ActivityReport(try run.run())
        try output.write(
            text: { report.render(style: $0, columns: Terminal.columns) }, json: { try report.renderJSON() })
    }
}
