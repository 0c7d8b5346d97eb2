package import ArgumentParser
internal import FoundationEssentials
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenNotify
internal import WardenReport

/// `cachewarden notify`
package struct Notify: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Tell whom the settings name what runs have found.",
        discussion: """
            Reads what 'apply', 'clean' and 'verify --repair' leave in the outbox, and sends each receiver one message with \
            what is new, due for a reminder or resolved; nothing where nothing is. Needs no rights, and credentials \
            from systemd alone. A message that was not taken is sent by the next 'notify'.

            Exit codes: 0 everybody was told, or there was nothing to say; 1 nobody could be told, or the outbox cannot be \
            read; 3 some could not be told; 64 usage; 65 bad settings; 75 another 'notify' is at work.
            """)

    @Option(help: ArgumentHelp("The agent's settings (default: /etc/cachewarden/agent.yaml).", valueName: "file"))
    var settings: PathArgument?

    @Option(help: ArgumentHelp("Treat this directory as '/'.", valueName: "dir"))
    var root = PathArgument.wholeHost

    @Flag(help: "Send everybody a test, which changes nothing of what they are told later.")
    var test = false

    @Option(help: ArgumentHelp("Tell everybody that a unit failed, as OnFailure= does.", valueName: "unit"))
    var failedUnit: String?

    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        try output.allow(OutputOptions.plainFormats)
        if test, failedUnit != nil { throw ValidationError("--test and --failed-unit are two messages") }
    }

    package func run() throws {
        let top = WorkingDirectory.absolute(root.path)
        let surroundings = Surroundings(
            now: { SystemClock.now() }, makeRunID: { "" }, environment: ProcessInfo.processInfo.environment,
            caller: try ProcessIdentity.current(), hostName: HostName.current, top: top,
            journal: SystemJournal(socket: SystemJournal.usualSocket.located(below: top)))
        let run = NotifyRun(
            settings: settings?.path, occasion: occasion, in: surroundings, pause: SystemClock.pause,
            jitter: { .random(in: 0...1) })
        let report = try run.run()
        for warning in report.warnings { Terminal.note("cachewarden: warning: \(warning)") }
        try output.write(text: { _ in report.render() }, json: { try report.renderJSON() })
        guard report.failureCount > 0 else { return }
        throw (report.failureCount == report.channels.count ? ExitStatus.failed : .partlyApplied).exitCode
    }

    /// systemd says of a failed unit how it ended (`systemd.exec(5)`).
    private var occasion: Message.Occasion {
        guard let failedUnit else { return test ? .test : .findings }
        let environment = ProcessInfo.processInfo.environment
        return .failure(
            UnitFailure(
                unit: failedUnit, result: environment["MONITOR_SERVICE_RESULT"],
                status: environment["MONITOR_EXIT_STATUS"]))
    }
}
