internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy
internal import WardenReport

/// The file in which runs that change something leave their figures for node_exporter.
struct MetricsFile {
    private let surroundings: Surroundings
    private let textfile: FilePath?
    private let policies: [Policy]

    init(_ loaded: LoadedPolicies, in surroundings: Surroundings) {
        self.surroundings = surroundings
        textfile = loaded.settings.metricsTextfile.map(surroundings.located)
        policies = loaded.selected
    }

    /// Writes the report's figures, where the settings want them. A file that cannot be written ends no run: what stands
    /// there stays and its time tells its age; the report says it, and is no longer without drift.
    func write(_ report: inout RunReport) {
        guard let textfile else { return }
        let path = path(for: report.command, textfile)
        do {
            let sums = try surroundings.runTotals.map { try RunTotalsFile(path: $0).add(report) }
            if let note = sums?.note { report.notes.append(note) }
            if report.command == .apply { try surroundings.checkLog(of: &report) }
            let builds = report.command == .apply ? BuildFiguresReader(surroundings).read(policies) : []
            let page = MetricsText(report, totals: sums?.totals, builds: builds).render()
            try TrustedFile.write(page, to: path, mode: ModeBits(0o644), trusting: trust)
        } catch {
            report.notes.append("the metrics are those of an earlier run: \(error)")
            if report.verdict.exitCode == 0 { report.verdict = .drift }
        }
    }

    /// Debian gives `/var/lib/prometheus` to that account, in which node_exporter's folder stands.
    private var trust: Trust {
        // Without an answer nobody else is believed.
        guard let account = try? Accounts().user(named: "prometheus") else { return .rootAndCaller }
        return Trust.rootAndCaller.believing(directoriesOf: account)
    }

    /// Each command has its own file: one that concerns a single cache must not take the others' figures away.
    private func path(for command: RunReport.Command, _ textfile: FilePath) -> FilePath {
        guard command != .apply, let stem = textfile.stem else { return textfile }
        return textfile.removingLastComponent().appending("\(stem)-\(command.rawValue).prom")
    }
}
