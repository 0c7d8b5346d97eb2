internal import ArgumentParser
internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// Where reports go and what they look like.
struct OutputOptions: ParsableArguments {
    /// A kind of report.
    enum Format: String, CaseIterable {
        case text, json

        /// Throws for others, also for those of later versions.
        init(named name: String) throws {
            guard let format = Format(rawValue: name) else {
                throw ValidationError("this version has \(Self.allCases.map(\.rawValue).joined(separator: " and "))")
            }
            self = format
        }
    }

    @Option(
        name: .customLong("format"),
        help: ArgumentHelp(
            "text or json; repeat it with --output for several reports of one run.", valueName: "format"),
        completion: .list(Format.allCases.map(\.rawValue)), transform: Format.init(named:))
    var formats: [Format] = []

    @Option(
        name: .customLong("output"),
        help: ArgumentHelp("Write the report to a file; '-' is standard output.", valueName: "file"))
    var outputs: [PathArgument] = []

    @Option(help: "Colour the text: auto, always or never; NO_COLOR is honoured.")
    var color = When.auto

    func validate() throws {
        guard outputs.count <= max(1, formats.count) else {
            throw ValidationError("every --output needs its --format: found \(outputs.count) and \(formats.count)")
        }
        guard formats.count <= 1 || outputs.count >= formats.count - 1 else {
            throw ValidationError(
                "only one report can go to standard output: found \(formats.count) --format, \(outputs.count) --output")
        }
    }

    /// Writes every report that was asked for; the one without a file goes to standard output.
    func write(_ report: RunReport) throws {
        try write(
            text: { TextReport(report, style: $0, columns: Terminal.columns).render() },
            json: { try JSONReport(report).render() })
    }

    /// Writes what a command has to say, in every format that was asked for.
    func write(text: (TextStyle) -> String, json: () throws -> [UInt8]) throws {
        for (index, format) in (formats.isEmpty ? [.text] : formats).enumerated() {
            let output = index < outputs.count ? outputs[index].text : "-"
            let toTerminal = output == "-" && Terminal.isTerminal(.standardOutput)
            let bytes =
                switch format {
                case .text: Array(text(style(toTerminal)).utf8)
                case .json: try json()
                }
            if output == "-" {
                try Terminal.write(bytes)
            } else {
                try writeAtomically(bytes, to: Terminal.path(output), mode: ModeBits(0o644))
            }
        }
    }

    private func style(_ toTerminal: Bool) -> TextStyle {
        switch color {
        case .always: .colored
        case .never: .plain
        case .auto: toTerminal && !Terminal.wantsNoColor ? .colored : .plain
        }
    }
}
