package import ArgumentParser
internal import SystemPackage
internal import WardenAgent
internal import WardenAudit
internal import WardenModel
internal import WardenPolicy

/// `cachewarden audit …`
package struct AuditCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read the audit log and prove that it is whole.",
        subcommands: [Show.self, Verify.self])

    package init() {}

    /// Which log is meant.
    struct LogOptions: ParsableArguments {
        @Option(help: ArgumentHelp("The log (default: the one that runs of yours write).", valueName: "file"))
        var log: PathArgument?

        @Option(help: ArgumentHelp("The agent's settings (default: /etc/cachewarden/agent.yaml).", valueName: "file"))
        var settings: PathArgument?

        @Option(help: ArgumentHelp("Treat this directory as '/'.", valueName: "dir"))
        var root = PathArgument.wholeHost

        func path() throws -> FilePath {
            if let log { return Terminal.path(log.text) }
            let surroundings = try RunOptions.parse(["--root", root.text]).surroundings()
            let loaded = try PolicyStore(surroundings).load(
                [], settings: settings?.path, labels: [:], hostName: surroundings.hostName)
            return try surroundings.logPath(loaded.settings)
        }
    }

    /// `cachewarden audit show`
    struct Show: ParsableCommand {
        enum Format: String, ExpressibleByArgument, CaseIterable {
            case text, json
        }

        static let configuration = CommandConfiguration(
            abstract: "Print the log: who changed what, from what to what.",
            discussion: """
                Older files of the log come first. With --format json every record is printed as it stands in the log, \
                one a line.
                """)

        @OptionGroup var log: LogOptions

        @Option(help: "text or json.")
        var format = Format.text

        @Option(
            name: .customLong("run"),
            help: ArgumentHelp("Only the records of one run; the beginning of its id is enough.", valueName: "id"))
        var runID: String?

        func run() throws {
            let path = try log.path()
            var reader = try AuditReader(path, run: runID)
            var (records, unreadable) = (0, 0)
            while let item = try reader.next() {
                switch item {
                case .record(let record):
                    records += 1
                    switch format {
                    case .json: try Terminal.write(record.json + [UInt8(ascii: "\n")])
                    case .text: try Terminal.write(record.summary + "\n")
                    }
                case .unreadable(let file, let line, let problem):
                    unreadable += 1
                    guard unreadable <= 3 else { continue }
                    let place = AuditVerification.Defect(file: file, line: line, problem: problem)
                    Terminal.note("cachewarden: \(place); 'cachewarden audit verify' says more")
                }
            }
            guard records > 0 || unreadable == 0 else {
                throw AgentError.failed(
                    "'\(escapedForDisplay(path.string))' holds no record of an audit log", remedy: nil)
            }
        }
    }

    /// `cachewarden audit verify`
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that no record was changed, removed or added.",
            discussion: """
                All files of the log are read, the oldest first. Records that were cut off at the end show only against \
                a head that was kept elsewhere, and a log that was made anew by somebody without its key only with it.

                Exit code 0: whole; 2: not, and the first bad record is named; 1: the log or a key cannot be read.
                """)

        @OptionGroup var log: LogOptions

        @Option(
            help: ArgumentHelp(
                "The log's end as a report or the journal shows it: a record's number, a colon, its hash.",
                valueName: "number:hash"))
        var head: Head?

        @Option(
            name: .customLong("key"),
            help: ArgumentHelp(
                "A file with a key of the log; may be repeated, for a log whose key was changed.", valueName: "file"))
        var keys: [PathArgument] = []

        func run() throws {
            let path = try log.path()
            let keys = try keys.map { try AuditKey(reading: Terminal.path($0.text)) }
            let verification = try AuditVerification.verify(path, expecting: head?.head, keys: keys)
            try Terminal.write(verification.text(path) + "\n")
            guard verification.isWhole else { throw ExitStatus.drift.exitCode }
        }
    }

    /// `48211:9f86d0…`
    struct Head: ExpressibleByArgument {
        let head: AuditHead

        init?(argument: String) {
            let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let sequence = UInt64(parts[0]), sequence > 0, parts[1].utf8.count == 64,
                bytesOfHexadecimal(String(parts[1])) != nil
            else { return nil }
            head = AuditHead(sequence: sequence, hash: parts[1].lowercased())
        }
    }
}
