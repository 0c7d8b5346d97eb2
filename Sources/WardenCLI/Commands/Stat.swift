package import ArgumentParser
internal import WardenAgent
internal import WardenLinux
internal import WardenModel

/// `cachewarden stat [CACHE]`
package struct Stat: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Show sizes, counts, ages and owners of a cache.",
        discussion: """
            Changes nothing and judges nothing. CACHE is a cache's name in a policy, or a path, which needs no policy. \
            Without it every cache of the policies is shown, and without any policy your own Go build cache.
            """)

    @Argument(help: ArgumentHelp("A cache's name in a policy, or the path of a cache.", valueName: "cache"))
    var cache: PathArgument?

    @OptionGroup var options: RunOptions
    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws { try output.allow(OutputOptions.plainFormats) }

    package func run() throws {
        let result = try RunCommand(options: options, output: output).result(
            .stat, target: cache.map { .cache($0.text) } ?? .allCaches)
        try output.write(result.report)
        try RunCommand.exit(result.report)
    }
}
