package import ArgumentParser
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden export …`
package struct Export: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Print what other programs need to work with cachewarden.",
        subcommands: [
            AlertRulesCommand.self, RecordingRulesCommand.self, SchemaCommand.self, DashboardCommand.self,
            UnitsCommand.self,
        ])

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

    /// `cachewarden export units`
    struct UnitsCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "units",
            abstract: "Print drop-ins for systemd that let the units reach what the policies in force name.",
            discussion: """
                The units may write nowhere but to their own log and state. A drop-in opens caches and \
                folders of delivered files, homes for reading where a policy names users, and gives the notifier its \
                credentials. systemd/cachewarden.generator does this at each boot and 'systemctl daemon-reload'.
                """)

        @OptionGroup var options: RunOptions

        @Option(
            help: ArgumentHelp(
                "Write the files below this folder, one a unit, such as /etc/systemd/system.", valueName: "dir"))
        var directory: PathArgument?

        func run() throws {
            let request = options.request(.check, progress: WalkProgress())
            let units = UnitDropIns(try ExportRun(request, in: try options.surroundings()).unitNeeds())
            guard let directory else { return try Terminal.write(units.render()) }
            for file in units.files {
                try TrustedFile.write(
                    Array(file.text.utf8), to: Terminal.path(directory.text).appending(file.name),
                    mode: ModeBits(0o644),
                    folders: ModeBits(0o755), trusting: .rootAndCaller)
            }
        }
    }

    /// `cachewarden export recording-rules`
    struct RecordingRulesCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "recording-rules", abstract: "Print recording rules for Prometheus that sum up a fleet.")

        func run() throws { try Terminal.write(RecordingRules.render()) }
    }
}
