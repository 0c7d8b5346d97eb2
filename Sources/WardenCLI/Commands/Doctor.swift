package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden doctor`
package struct Doctor: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Say how each user's builds find their cache, and what is wrong with it.",
        discussion: """
            Changes nothing, and runs nothing: it reads the files that make the environment of login shells, user and system \
            services and cron jobs, the file of 'go env -w', and the toolchain's go.env. Without --user it looks at the \
            members of the policies' groups, and without a policy at you. Exit code 0: nothing is wrong; 2: there are findings.
            """)

    @Option(
        name: .customLong("user"), help: ArgumentHelp("Look at this user; may be repeated.", valueName: "user"))
    var users: [String] = []

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws { try output.allow(OutputOptions.plainFormats) }

    package func run() throws {
        let progress = WalkProgress()
        let request = options.request(.check, progress: progress)
        let run = DoctorRun(request, users: users, in: try options.surroundings())
        let diagnosis = try ProgressLine.showing(options.progress, progress) { try run.run() }
        let report = DiagnosisReport(diagnosis)
        try output.write(
            text: { report.render(style: $0, columns: Terminal.columns) }, json: { try report.renderJSON() })
        guard diagnosis.findings.isEmpty else { throw ExitStatus.drift.exitCode }
    }
}
