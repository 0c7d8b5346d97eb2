package import ArgumentParser
internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden report`
package struct Report: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Roll up the reports of many hosts.",
        discussion: """
            Reads what 'check', 'plan' or 'apply' wrote with '--format json' on each host, the latest of each counts. \
            Exit code 0: no host needs anybody; 2: some do; 1: a file could not be read.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv, html
    }

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Reports of hosts: JSON files, and folders of them.", valueName: "file"))
    var merge: [PathArgument]

    @Option(help: "text, json, csv or html.")
    var format = Format.text

    @Option(help: ArgumentHelp("Write the report to a file; '-' is standard output.", valueName: "file"))
    var output: PathArgument?

    @Option(help: "Colour the text: auto, always or never; NO_COLOR is honoured.")
    var color = When.auto

    /// Larger than the report of a host with a thousand caches.
    private static let limit = ByteCount(64 << 20)

    package init() {}

    package func run() throws {
        var summary = FleetSummary()
        for argument in merge { try add(argument.text, to: &summary) }
        let toTerminal = output == nil && Terminal.isTerminal(.standardOutput)
        let report = FleetReport(summary)
        let bytes =
            switch format {
            case .text: Array(report.text(style: color.style(toTerminal), columns: Terminal.columns).utf8)
            case .json: try report.json()
            case .csv: report.csv()
            case .html: report.html()
            }
        if let output, output.text != "-" {
            try RunCommand.inAgentsWords {
                try writeAtomically(bytes, to: Terminal.path(output.text), mode: ModeBits(0o644))
            }
        } else {
            try Terminal.write(bytes)
        }
        guard summary.exitCode == 0 else { throw ExitCode(summary.exitCode) }
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
