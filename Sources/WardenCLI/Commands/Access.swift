package import ArgumentParser
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenReport

/// `cachewarden access PATH`
package struct Access: ParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Say who can read, write, search, create and delete there, and what decides.",
        discussion: """
            Changes nothing, and needs no policy. For each of them it names the entry of the ACL that decides, what the mask \
            takes away, and any directory above that may not be searched. Without --user and --group it answers for the \
            owner, every named user and group, and others.
            """)

    @Argument(help: ArgumentHelp("A file or directory.", valueName: "path"))
    var path: PathArgument

    @Option(
        name: .customLong("user"),
        help: ArgumentHelp(
            "A user's name or number, with all groups that a login has; may be repeated.", valueName: "user"))
    var users: [String] = []

    @Option(
        name: .customLong("group"),
        help: ArgumentHelp("Whoever is in this group and no other; may be repeated.", valueName: "group"))
    var groups: [String] = []

    @Option(help: ArgumentHelp("Treat this directory as '/'.", valueName: "dir"))
    var root = PathArgument.wholeHost

    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws { try output.allow(OutputOptions.plainFormats) }

    package func run() throws {
        let matrix = try AccessRun(users: users, groups: groups).run(
            path.path, top: WorkingDirectory.absolute(root.path))
        let report = AccessReport(matrix)
        try output.write(
            text: { report.render(style: $0, columns: Terminal.columns) }, json: { try report.renderJSON() })
    }
}
