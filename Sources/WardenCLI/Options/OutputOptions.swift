internal import ArgumentParser
internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy
internal import WardenReport

/// Where reports go and what they look like.
struct OutputOptions: ParsableArguments {
    /// A kind of report.
    enum Format: String, CaseIterable {
        case text, json, junit, sarif, html, prometheus

        init(named name: String) throws {
            guard let format = Format(rawValue: name) else { throw ValidationError(Self.choice(Self.allCases)) }
            self = format
        }

        static func choice(_ formats: [Format]) -> String {
            let names = formats.map(\.rawValue)
            return "there are \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
        }
    }

    /// What commands have that do not compare a host with its policies.
    static let plainFormats: [Format] = [.text, .json]

    @Option(
        name: .customLong("format"),
        help: ArgumentHelp(
            "text (the default), json, junit, sarif, html or prometheus; repeat it with --output for several reports of "
                + "one run.", valueName: "format"),
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

    /// Refuses other formats than these, before anything is done.
    func allow(_ formats: [Format]) throws {
        guard let other = self.formats.first(where: { !formats.contains($0) }) else { return }
        throw ValidationError(
            "this command's report is no \(other.rawValue): \(Format.choice(formats)); 'check', 'plan' and 'apply' have more"
        )
    }

    /// Writes every report that was asked for; the one without a file goes to standard output.
    func write(_ report: RunReport) throws {
        let references = RuleID.allCases.map(RuleReference.of)
        try write { format, style in
            switch format {
            case .text: Array(TextReport(report, style: style, columns: Terminal.columns).render().utf8)
            case .json: try JSONReport(report).render()
            case .junit: JUnitReport(report).render()
            case .sarif: try SARIFReport(report, references: references).render()
            case .html: HTMLReport(report, references: references).render()
            case .prometheus: MetricsText(report, scope: .everything).render()
            }
        }
    }

    /// Writes what a command has to say that allows the plain formats, and at most a page besides.
    func write(
        text: (TextStyle) -> String, json: () throws -> [UInt8], html: () -> [UInt8] = { [] }
    ) throws {
        try write { format, style in
            switch format {
            case .json: try json()
            case .html: html()
            case .text, .junit, .sarif, .prometheus: Array(text(style).utf8)
            }
        }
    }

    private func write(_ render: (Format, TextStyle) throws -> [UInt8]) throws {
        for (index, format) in (formats.isEmpty ? [.text] : formats).enumerated() {
            let output = index < outputs.count ? outputs[index].text : "-"
            let toTerminal = output == "-" && Terminal.isTerminal(.standardOutput)
            let bytes = try render(format, color.style(toTerminal))
            if output == "-" {
                try Terminal.write(bytes)
            } else {
                try writeAtomically(bytes, to: Terminal.path(output), mode: ModeBits(0o644))
            }
        }
    }

}
