package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Answers which `go` commands run now, and what each of them is doing. Reads only.
package struct GoActivityObserver: Sendable {
    /// Steps are started by `go`, or through one or two programs of `-toolexec`.
    private static let mostGenerations = 8

    private let processes: FilePath

    /// - Parameter processes: Where the process file system is mounted.
    package init(processes: FilePath = "/proc") { self.processes = processes }

    /// Returns them, the oldest first. Throws as `BuildObserver.builds(on:at:layout:)` does.
    package func activities() throws(Errno) -> [GoActivity] {
        let table = try ProcessTable(at: processes)
        let found = try table.processes { GoProcess.isGo($0) || GoStep.isTool($0) }
        let commands = found.filter { GoProcess.isGo($0.program) }
        let ids = Set(commands.map(\.id))
        var steps: [Int32: Set<GoActivity.Step>] = [:]
        for process in found where !ids.contains(process.id) {
            guard let command = Self.ancestor(of: process, among: ids, table) else { continue }
            steps[command, default: []].insert(GoStep.step(of: process))
        }
        return commands.map { Self.activity(of: $0, steps[$0.id] ?? [], table) }
            .sorted { ($0.startedAt, $0.process) < ($1.startedAt, $1.process) }
    }

    private static func activity(
        of process: HostProcess, _ steps: Set<GoActivity.Step>, _ table: borrowing ProcessTable
    ) -> GoActivity {
        let environment = process.environment ?? [:]
        return GoActivity(
            process: process.id, user: process.user, startedAt: process.startedAt,
            command: GoProcess.command(process.arguments, name: process.program.name),
            kind: GoProcess.activity(of: process.arguments, flags: environment["GOFLAGS"]),
            unit: table.unit(of: process.id).map(escapedForDisplay), cache: cache(of: process, table.ownView),
            settingsFile: environment["GOENV"].flatMap { $0.isEmpty ? nil : escapedForDisplay($0) },
            openSettings: table.openFiles(of: process.id).filter { GoProcess.isSettings($0, environment) }
                .map(escapedForDisplay),
            steps: steps.sorted { ($0.package ?? "", $0.tool) < ($1.package ?? "", $1.tool) },
            written: table.written(by: process.id))
    }

    private static func cache(of process: HostProcess, _ view: HostProcess.FileView) -> GoActivity.Cache {
        guard let environment = process.environment else { return .unknown }
        guard process.view == view else { return .elsewhere }
        var settings = BuildSettings(process: process, environment: environment)
        let cache = settings.cache()
        return settings.areCertain ? .known(cache) : .unknown
    }

    /// Returns the nearest `go` command above a process.
    private static func ancestor(
        of process: HostProcess, among commands: Set<Int32>, _ table: borrowing ProcessTable
    ) -> Int32? {
        var parent = process.parent
        for _ in 0..<mostGenerations {
            if commands.contains(parent) { return parent }
            guard parent > 1, let next = table.parent(of: parent) else { return nil }
            parent = next
        }
        return nil
    }
}
