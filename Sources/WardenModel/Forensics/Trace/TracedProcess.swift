package import SystemPackage

/// A process that writes or reads a cache, as far as it was seen while it lived.
package struct TracedProcess: Hashable, Sendable {
    /// A `go` command.
    package struct Command: Hashable, Sendable {
        package let process: Int32
        /// The first words of its command line, escaped for display.
        package let line: String
        /// `build`, `test`, `vet`: its first word that is no flag, escaped; `nil` where its command line has none.
        package let subcommand: String?
        /// Its working directory, escaped for display; `nil` where it cannot be told.
        package let directory: String?
        /// The main module of that directory, escaped: what the nearest `go.mod` above calls itself; `nil` where none is.
        package let module: String?

        package init(process: Int32, line: String, subcommand: String?, directory: String?, module: String?) {
            self.process = process
            self.line = line
            self.subcommand = subcommand
            self.directory = directory
            self.module = module
        }
    }

    package let id: Int32
    /// Its real user.
    package let user: UserID
    package let startedAt: Timestamp
    /// The first words of its command line, escaped for display.
    package let line: String
    /// The process itself where it is a `go` command, or the nearest above it; `nil` where there is none.
    package let command: Command?
    /// The systemd unit or scope that it runs in.
    package let unit: String?
    /// The CI job that it belongs to, as the variables of its service say: `github shared/tool 4711`, escaped.
    package let job: String?

    package init(
        id: Int32, user: UserID, startedAt: Timestamp, line: String, command: Command?, unit: String?, job: String?
    ) {
        self.id = id
        self.user = user
        self.startedAt = startedAt
        self.line = line
        self.command = command
        self.unit = unit
        self.job = job
    }
}
