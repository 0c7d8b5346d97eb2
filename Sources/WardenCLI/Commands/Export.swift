package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden export …`
package struct Export: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Print what other programs need to work with cachewarden.",
        subcommands: [AlertRulesCommand.self, RecordingRulesCommand.self, SchemaCommand.self, DashboardCommand.self])

    package init() {}

    /// `cachewarden export alert-rules`
    struct AlertRulesCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "alert-rules",
            abstract: "Print alerting rules for Prometheus, on what 'apply' leaves for node_exporter.",
            discussion: """
                Those alerts that the policies in force give a reason for; without policies all of them. Limits are \
                compared with the limits' own series, so that one file is right for hosts with different policies.
                """)

        @OptionGroup var options: RunOptions

        @Option(help: ArgumentHelp("How often 'apply' runs (default: 1d).", valueName: "duration"))
        var interval: WaitingTime?

        func run() throws {
            let request = options.request(.check, progress: WalkProgress())
            let subjects = try ExportRun(request, in: try options.surroundings()).alertSubjects()
            let interval = interval?.duration ?? .seconds(86_400)
            try Terminal.write(AlertRules(subjects, interval: interval).render())
        }
    }

    /// `cachewarden export dashboard`
    struct DashboardCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "dashboard", abstract: "Print a dashboard for Grafana, on what 'apply' leaves for Prometheus.")

        func run() throws { try Terminal.write(Dashboard().render()) }
    }

    /// `cachewarden export schema`
    struct SchemaCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema", abstract: "Print the JSON Schema of reports, \"cachewarden.report/1\".")

        func run() throws { try Terminal.write(ReportSchema.render()) }
    }

    /// `cachewarden export recording-rules`
    struct RecordingRulesCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "recording-rules", abstract: "Print recording rules for Prometheus that sum up a fleet.")

        func run() throws { try Terminal.write(RecordingRules.render()) }
    }
}
