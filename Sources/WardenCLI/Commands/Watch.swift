package import ArgumentParser
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden watch`
package struct Watch: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Keep the caches what their policies say, from now on.",
        discussion: """
            Watches the caches, the files by which builds find them, and the policies; runs 'apply' when something calls for \
            it, and every few hours anyway. Each run is a line on standard output. Policies are read again when they change \
            or on SIGHUP; wrong ones leave the earlier in force, and are a finding. SIGTERM ends it between two changes.

            Exit codes: 0 ended by a signal; 1 it cannot watch, or five runs in a row could not be made; 65 bad policy or \
            settings.
            """)

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("How often everything is looked at, whatever happened.", valueName: "duration"))
    var interval = WaitingTime.threeHours

    @Option(help: "Colour: auto, always or never.")
    var color = When.auto

    package init() {}

    package func validate() throws {
        guard interval.duration >= .seconds(10) else { throw ValidationError("--interval must be at least 10s") }
    }

    package func run() throws {
        let request = options.request(.apply, progress: WalkProgress())
        var pace = WatchRun.Pace()
        pace.interval = interval.duration
        let style = color.style(Terminal.isTerminal(.standardOutput))
        let watch = try WatchRun(request, in: try options.surroundings(), pace: pace) { Self.say($0, style) }
        try watch.run()
    }

    /// Nobody who reads is no reason to stop watching.
    private static func say(_ event: WatchRun.Event, _ style: TextStyle) {
        switch event {
        case .watching(let count, let caches):
            print("watching \(count) of \(caches == 1 ? "1 cache" : "\(caches) caches")\n")
        case .ran(let report, let causes):
            print(TextReport(report, style: style).renderRun(causes: causes))
        case .failed(let error, let causes):
            Terminal.note("cachewarden: a run could not be made (\(causes.joined(separator: ", "))): \(error)")
        case .refused(let error):
            Terminal.note("cachewarden: the changed policies are refused, those before stay in force:\n\(error)")
        case .outgrown:
            Terminal.note(
                "cachewarden: the policies name places that this unit's sandbox was not opened for\n"
                    + "help: systemctl daemon-reload && systemctl restart cachewarden-watch")
        }
    }

    private static func print(_ text: String) {
        // Whoever closed standard output has stopped reading, not watching.
        try? Terminal.write(text)
    }
}
