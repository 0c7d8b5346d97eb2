package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel

/// `cachewarden check`
package struct Check: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Compare caches with their policies and report the difference.",
        discussion: "Changes nothing. Exit code 0: compliant; 2: drift found; 1: refused or failed.")

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func run() throws {
        let result = try RunCommand(options: options, output: output).result(.check)
        try output.write(result.report)
        try RunCommand.exit(result.report)
    }
}
