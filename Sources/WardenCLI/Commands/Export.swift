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
                credentials. systemd/cachewarden.generator does this at each boot and 'systemctl daemon-reload'. Where \
                a policy is wrong, only the notifier's are written, so that it can tell.
                """)

        @OptionGroup var options: RunOptions

        @Option(
            help: ArgumentHelp(
                "Write the files below this folder, one a unit, such as /etc/systemd/system.", valueName: "dir"))
        var directory: PathArgument?

        func run() throws {
            let request = options.request(.check, progress: WalkProgress())
            let run = ExportRun(request, in: try options.surroundings())
            let needs: UnitNeeds
            do {
                needs = try run.unitNeeds()
            } catch let error as AgentError {
                // The units refuse to run by wrong policies, and those who are told of it must be reached.
                if case .badPolicies = error { try write(UnitDropIns(try run.settingsNeeds()).settingsFiles) }
                throw error
            }
            let units = UnitDropIns(needs)
            if directory == nil { try Terminal.write(units.render()) }
            try write(units.files)
        }

        private func write(_ files: [UnitDropIns.File]) throws {
            guard let directory else { return }
            for file in files {
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

        @Option(help: ArgumentHelp("How often 'apply' runs (default: 1d).", valueName: "duration"))
        var interval: WaitingTime?

        func run() throws {
            try Terminal.write(RecordingRules.render(interval: interval?.duration ?? .seconds(86_400)))
        }
    }
}
