package import ArgumentParser
internal import SystemPackage
internal import WardenAudit
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden report`
package struct Report: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Tell a host's history, or roll up the reports of many hosts.",
        discussion: """
            Without --merge the audit log says how caches grew, what was removed and repaired, and which rules were \
            violated: again though the policy stayed the same (somebody changed the host), or because the policy was \
            changed. Exit code 0: told; 1: the log cannot be read.

            With --merge it reads what 'check', 'plan' or 'apply' wrote with '--format json' on each host, the latest \
            of each counts. Exit code 0: no host needs anybody; 2: some do; 1: a file could not be read.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv, html
    }

    @Option(
        help: ArgumentHelp(
            "How far back: a duration, a date, or a time with its zone (default: 30d).", valueName: "when"))
    var since: Since?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Reports of hosts: JSON files, and folders of them.", valueName: "file"))
    var merge: [PathArgument] = []

    @OptionGroup var log: AuditCommand.LogOptions

    @Option(help: "text, json, csv or html.")
    var format = Format.text

    @Option(help: ArgumentHelp("Write the report to a file; '-' is standard output.", valueName: "file"))
    var output: PathArgument?

    @Option(help: "Colour the text: auto, always or never; NO_COLOR is honoured.")
    var color = When.auto

    /// Larger than the report of a host with a thousand caches.
    private static let limit = ByteCount(64 << 20)

    package init() {}

    package func validate() throws {
        guard since == nil || merge.isEmpty else {
            throw ValidationError("--since tells of this host, --merge of many: found both")
        }
    }

    package func run() throws {
        if merge.isEmpty { try tellHistory() } else { try rollUp() }
    }

    private func tellHistory() throws {
        let now = SystemClock.now()
        let since = (since ?? .thirtyDays).moment(before: now)
        guard since < now else { throw ValidationError("--since must be in the past: found \(since)") }
        let path = try log.path()
        let report = HistoryReport(try HistoryReader.read(path, since: since, until: now))
        try write(
            text: { report.text(style: $0, columns: Terminal.columns) }, json: report.json, csv: report.csv,
            html: report.html)
    }

    private func rollUp() throws {
        var summary = FleetSummary()
        for argument in merge { try add(argument.text, to: &summary) }
        let report = FleetReport(summary)
        try write(
            text: { report.text(style: $0, columns: Terminal.columns) }, json: report.json, csv: report.csv,
            html: report.html)
        guard summary.exitCode == 0 else { throw ExitCode(summary.exitCode) }
    }

    private func write(
        text: (TextStyle) -> String, json: () throws -> [UInt8], csv: () -> [UInt8], html: () -> [UInt8]
    ) throws {
        let toTerminal = output == nil && Terminal.isTerminal(.standardOutput)
        let bytes =
            switch format {
            case .text: Array(text(color.style(toTerminal)).utf8)
            case .json: try json()
            case .csv: csv()
            case .html: html()
            }
        guard let output, output.text != "-" else { return try Terminal.write(bytes) }
        try RunCommand.inAgentsWords {
            try writeAtomically(bytes, to: Terminal.path(output.text), mode: ModeBits(0o644))
        }
    }

    /// Adds one file, or all of a folder's, one at a time.
    private func add(_ text: String, to summary: inout FleetSummary) throws {
        let path = Terminal.path(text)
        do throws(FileError) {
            for file in try namedFiles(path, suffixes: [".json"]) {
                do {
                    summary.add(try FleetHost(parsing: try readFile(file, limit: Self.limit)))
                } catch {
                    summary.add(unread: file.string, "\(error)")
                }
            }
        } catch {
            summary.add(unread: text, "\(error)")
        }
    }
}

/// Where a span of time begins: `30d`, `2026-11-01`, `2026-11-01T08:00Z`.
struct Since: ExpressibleByArgument {
    static let thirtyDays = Since(.duration(.seconds(30 * 86_400)))

    private enum Beginning {
        case duration(Duration)
        case moment(Timestamp)
    }

    private let beginning: Beginning

    private init(_ beginning: Beginning) { self.beginning = beginning }

    init?(argument: String) {
        if let moment = Timestamp(dayOf: argument) ?? Timestamp(rfc3339: argument) {
            beginning = .moment(moment)
        } else if let time = WaitingTime(argument: argument) {
            beginning = .duration(time.duration)
        } else {
            return nil
        }
    }

    func moment(before now: Timestamp) -> Timestamp {
        switch beginning {
        case .moment(let moment): moment
        case .duration(let duration): Timestamp(seconds: now.seconds - duration.components.seconds)
        }
    }
}
