package import SystemPackage
internal import WardenGoCache
internal import WardenLinux
package import WardenModel

/// The processes that have done something to a cache, looked at while they lived. Belongs to one thread.
///
/// What a process says of itself, its words, variables and directories, is its user's word. Its working directory may be on
/// a file system that its user serves (FUSE): reading a `go.mod` there waits as long as they please, as it does for everybody
/// who looks for the modules of running builds.
package final class SeenProcesses {
    /// Steps are started by `go`, or through one or two programs of `-toolexec`.
    private static let mostGenerations = 8
    private static let mostLevels = 64
    /// The `module` line stands at the beginning.
    private static let moduleLength = 65_536
    private static let longestPath = 1_024

    /// What is known under one number of a process.
    private struct Sighting<Value> {
        let startTick: UInt64
        let name: [UInt8]
        let value: Value

        init(_ status: ProcessStatus, _ value: Value) {
            startTick = status.startTick
            name = status.name
            self.value = value
        }

        /// Whether it is the same process, and still runs the same program.
        func isOf(_ status: ProcessStatus) -> Bool { startTick == status.startTick && name == status.name }
    }

    private let table: ProcessTable
    private var seen = RecentTable<Int32, Sighting<TracedProcess>>(limit: 2_048)
    /// `nil` for what is no `go` command.
    private var commands = RecentTable<Int32, Sighting<TracedProcess.Command?>>(limit: 2_048)
    /// Those that need no second look.
    private var current: [Int32: TracedProcess] = [:]

    /// - Parameter processes: Where the process file system is mounted.
    ///
    /// Throws as `ProcessTable.init(at:)`.
    package init(at processes: FilePath = "/proc") throws(Errno) { table = try ProcessTable(at: processes) }

    /// From now on every process is looked at again: its number may be another's.
    package func beginRound() { current.removeAll(keepingCapacity: true) }

    /// Returns a process; `nil` where it has gone unseen.
    ///
    /// Of one that has gone counts what was seen under its number: the kernel gives numbers in turn, thousands of them, so
    /// that one which has become free is hardly another's so soon.
    ///
    /// - Parameter isGone: Whether it is known that it has ended.
    package func process(_ id: Int32, isGone: Bool) -> TracedProcess? {
        if isGone { return seen[id]?.value }
        if let known = current[id] { return known }
        guard let status = table.status(of: id) else { return seen[id]?.value }
        if let known = seen[id], known.isOf(status) {
            current[id] = known.value
            return known.value
        }
        guard let process = described(id) else { return nil }
        seen.set(id, Sighting(status, process))
        current[id] = process
        return process
    }

    private func described(_ id: Int32) -> TracedProcess? {
        guard let process = table.process(id) else { return nil }
        return TracedProcess(
            id: id, user: process.user, startedAt: process.startedAt,
            line: GoProcess.command(process.arguments, name: process.program.name), command: command(above: id),
            unit: table.unit(of: id).map { escapedForDisplay($0) },
            job: process.environment.flatMap { CIJob.name(in: $0) })
    }

    // MARK: - Commands

    /// Returns the `go` command that a process is, or the nearest above it.
    private func command(above id: Int32) -> TracedProcess.Command? {
        var next = id
        for _ in 0..<Self.mostGenerations {
            guard next > 1, let status = table.status(of: next) else { return nil }
            if let command = command(of: next, status) { return command }
            next = status.parent
        }
        return nil
    }

    private func command(of id: Int32, _ status: ProcessStatus) -> TracedProcess.Command? {
        if let known = commands[id], known.isOf(status) { return known.value }
        guard let process = table.process(id) else { return nil }
        let command = GoProcess.isGo(process.program) ? command(of: process) : nil
        commands.set(id, Sighting(status, command))
        return command
    }

    private func command(of process: HostProcess) -> TracedProcess.Command {
        TracedProcess.Command(
            process: process.id, line: GoProcess.command(process.arguments, name: process.program.name),
            subcommand: GoSubcommand.name(in: process.arguments.words),
            directory: table.workingDirectory(of: process.id).map(Self.shown), module: Self.module(of: process.id))
    }

    private static func shown(_ path: [UInt8]) -> String {
        path.count <= longestPath ? escapedForDisplay(path) : escapedForDisplay(path.prefix(longestPath)) + "…"
    }

    /// Returns what the nearest `go.mod` above a working directory calls its module, escaped.
    private static func module(of process: Int32) -> String? {
        var next = ProcessDirectory.working(of: process)
        for _ in 0..<mostLevels {
            guard let directory = next else { return nil }
            if let content = directory.beginning(of: "go.mod", moduleLength) {
                return ModuleDeclaration(parsing: content).path.map { escapedForDisplay($0) }
            }
            next = directory.parent()
        }
        return nil
    }
}
