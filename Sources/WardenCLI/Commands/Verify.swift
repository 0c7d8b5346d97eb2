package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden verify CACHE`
package struct Verify: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Hash the outputs of a Go build cache and compare them with their names.",
        discussion: """
            Changes nothing, and refreshes nothing by reading. CACHE is a cache's name in a policy, or a path, which needs no \
            policy. Exit code 0: every output matches; 2: some do not; 1: some could not be checked, or the run failed.

            --repair removes what does not match, and the actions that name it. Actions go at once, so no build finds \
            it any more; an output that a running build may hold goes when that has ended: --wait says how long to wait \
            for it. Exit code 0 then says that all of it is gone.
            """)

    @Argument(help: ArgumentHelp("A cache's name in a policy, or the path of a cache.", valueName: "cache"))
    var cache: PathArgument

    @Flag(help: "Remove outputs that do not match their names, and the actions that name them.")
    var repair = false

    @Option(help: ArgumentHelp("With --repair: wait so long for running builds: 90s, 10m, 2h.", valueName: "duration"))
    var wait: WaitingTime?

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        guard wait == nil || repair else { throw ValidationError("--wait is for '--repair'") }
    }

    package func run() throws {
        let progress = WalkProgress()
        var request = options.request(.verify, progress: progress)
        request.target = .cache(cache.text)
        let surroundings = try options.surroundings()
        let report = try ProgressLine.showing(options.progress, progress) {
            var report = try VerifyRun(request, in: surroundings).run()
            if repair { report.repair = try repaired(report.verification, request, surroundings) }
            return report
        }
        try output.write(
            text: { VerificationText(report).render(style: $0, columns: Terminal.columns) },
            json: { try VerificationJSON(report).render() })
        guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
    }

    private func repaired(
        _ verification: OutputVerification, _ request: RunRequest, _ surroundings: Surroundings
    ) throws -> VerificationRepair? {
        guard !verification.mismatches.isEmpty, !verification.isInterrupted else { return nil }
        let clean = CleanRequest(
            builds: .wait(wait?.duration ?? .zero), scope: .damaged(verification.mismatches))
        let report = try CleanRun(clean, request, in: surroundings) { Terminal.note($0) }.run()
        return VerificationRepair(
            outcome: report.caches.first?.retention ?? RetentionOutcome(), verdict: report.verdict,
            notes: report.notes, audit: report.audit)
    }
}
