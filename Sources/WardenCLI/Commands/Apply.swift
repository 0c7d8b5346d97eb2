package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden apply`
package struct Apply: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Make the caches what their policies say, and record it.",
        discussion: """
            Only policies with 'mode: enforce' change anything. Every change is verified by reading it back and is \
            written to the audit log. Exit code 0: all applied; 3: something was refused or failed; 2: drift is left \
            that no change can close.
            """)

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "Carry out exactly this plan, made by 'cachewarden plan --out'; refused if the state has moved on.",
            valueName: "file"))
    var plan: PathArgument?

    package init() {}

    package func run() throws {
        var saved: SavedPlan?
        if let plan {
            try RunCommand.inAgentsWords {
                let path = Terminal.path(plan.text)
                saved = SavedPlan(
                    path: path, bytes: try readFile(path, limit: ByteCount(UInt64(PlanDocument.maxBytes))))
            }
        }
        let result = try RunCommand(options: options, output: output).result(.apply, savedPlan: saved)
        try output.write(result.report)
        try RunCommand.exit(result.report)
    }
}
