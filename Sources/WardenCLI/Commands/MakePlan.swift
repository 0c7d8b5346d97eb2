package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// `cachewarden plan`
package struct MakePlan: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show the changes that 'apply' would make, in their order.",
        discussion: """
            Changes nothing. With --out the plan is saved: 'cachewarden apply --plan FILE' carries out exactly this \
            plan, and refuses if the state it was made from has moved on.
            """)

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("Save the plan to a file.", valueName: "file"))
    var out: PathArgument?

    package init() {}

    package func run() throws {
        let result = try RunCommand(options: options, output: output).result(.plan)
        if let out {
            try RunCommand.inAgentsWords {
                try writeAtomically(
                    try PlanDocument.encode(result.plan), to: Terminal.path(out.text), mode: ModeBits(0o600))
            }
            Terminal.note("plan saved to '\(escapedForDisplay(out.text))'")
        }
        try output.write(result.report)
        try RunCommand.exit(result.report)
    }
}
