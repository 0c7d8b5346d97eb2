package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden verify CACHE`
package struct Verify: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Hash what a Go build cache or module cache holds, and compare it with names and hashes.",
        discussion: """
            Changes nothing, and refreshes nothing by reading. CACHE is a cache's name in a policy, or a path, which needs no \
            policy. Exit code 0: every output matches; 2: some do not; 1: some could not be checked, or the run failed.

            Of a module cache each unpacked version is compared with the hash beside its download (.ziphash), and \
            versions that lack a part are named. --repair removes a damaged version whole, when no build runs.

            Of a build cache --repair removes what does not match, and the actions that name it. Actions go at once, so no build finds \
            it any more; an output that a running build may hold goes when that has ended: --wait says how long to wait \
            for it. Exit code 0 then says that all of it is gone.
            """)

    @Argument(help: ArgumentHelp("A cache's name in a policy, or the path of a cache.", valueName: "cache"))
    var cache: PathArgument

    @Flag(help: "Remove what is damaged: outputs with the actions that name them, whole module versions.")
    var repair = false

    @Option(help: ArgumentHelp("With --repair: wait so long for running builds: 90s, 10m, 2h.", valueName: "duration"))
    var wait: WaitingTime?

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        try output.allow(OutputOptions.plainFormats)
        guard wait == nil || repair else { throw ValidationError("--wait is for '--repair'") }
    }

    package func run() throws {
        let progress = WalkProgress()
        var request = options.request(.verify, progress: progress)
        request.target = .cache(cache.text)
        let surroundings = try options.surroundings()
        let answer = try ProgressLine.showing(options.progress, progress) {
            try repaired(try VerifyRun(request, in: surroundings).run(), request, surroundings)
        }
        let code: Int32
        switch answer {
        case .outputs(let report):
            code = report.exitCode
            try output.write(
                text: { VerificationText(report).render(style: $0, columns: Terminal.columns) },
                json: { try VerificationJSON(report).render() })
        case .modules(let report):
            code = report.exitCode
            try output.write(
                text: { ModuleVerificationText(report).render(style: $0, columns: Terminal.columns) },
                json: { try ModuleVerificationJSON(report).render() })
        }
        guard code == 0 else { throw ExitCode(code) }
    }

    private func repaired(
        _ answer: VerifyRun.Answer, _ request: RunRequest, _ surroundings: Surroundings
    ) throws -> VerifyRun.Answer {
        guard repair else { return answer }
        switch answer {
        case .outputs(var report):
            guard !report.verification.mismatches.isEmpty, !report.verification.isInterrupted else { return answer }
            report.repair = try repair(.damaged(report.verification.mismatches), request, surroundings)
            return .outputs(report)
        case .modules(var report):
            guard !report.verification.damages.isEmpty, !report.verification.isInterrupted else { return answer }
            report.repair = try repair(.versions(report.verification.damages), request, surroundings)
            return .modules(report)
        }
    }

    private func repair(
        _ scope: CleanRequest.Scope, _ request: RunRequest, _ surroundings: Surroundings
    ) throws -> VerificationRepair {
        let clean = CleanRequest(builds: .wait(wait?.duration ?? .zero), scope: scope)
        let report = try CleanRun(clean, request, in: surroundings) { Terminal.note($0) }.run()
        return VerificationRepair(
            outcome: report.caches.first?.retention ?? RetentionOutcome(), verdict: report.verdict,
            notes: report.notes, audit: report.audit)
    }
}
