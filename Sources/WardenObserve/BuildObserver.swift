package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Answers which `go` commands run on a cache now. Reads only, decides nothing.
///
/// What such a command has looked up it may open later by its path, although no descriptor shows it. So whatever
/// cannot be made out counts: a build is left out only if it certainly has another cache, or none.
package struct BuildObserver: Sendable {
    private let processes: FilePath

    /// - Parameter processes: Where the process file system is mounted.
    package init(processes: FilePath = "/proc") { self.processes = processes }

    /// Returns the builds that use, or may use, the cache whose root is `root`, the oldest first.
    ///
    /// Throws where the host's processes cannot be known, and then nothing may be taken for unused:
    /// `.noSuchFileOrDirectory` without `/proc`, `.notPermitted` where it hides other users' processes. A build that
    /// starts after the call began may be missing.
    ///
    /// - Parameters:
    ///   - path: Where the cache is said to be.
    ///   - layout: What it is to a build. No build uses a plain directory.
    package func builds(
        on root: InodeIdentity, at path: FilePath, layout: CacheLayout = .goBuild
    ) throws(Errno) -> [RunningBuild] {
        guard layout != .directory else { return [] }
        let table = try ProcessTable(at: processes)
        let view = table.ownView
        var builds: [RunningBuild] = []
        for process in try table.processes(where: GoProcess.isGo) {
            let question = CacheQuestion(process: process, view: view, root: root, path: path, layout: layout)
            guard let evidence = question.answer() else { continue }
            builds.append(
                RunningBuild(
                    process: process.id, user: process.user, startedAt: process.startedAt,
                    command: GoProcess.command(process.arguments, name: process.program.name), evidence: evidence,
                    activity: GoProcess.activity(of: process.arguments, flags: process.environment?["GOFLAGS"])))
        }
        return builds.sorted { ($0.startedAt, $0.process) < ($1.startedAt, $1.process) }
    }

    /// Returns the build cache of every `go` command whose environment can be read, the oldest first.
    ///
    /// Commands in another mount namespace or below another root directory are left out: their paths mean something else.
    /// Throws as `builds(on:at:layout:)` does.
    package func commands() throws(Errno) -> [UserDiagnosis.Build] {
        let table = try ProcessTable(at: processes)
        let view = table.ownView
        let commands = try table.processes(where: GoProcess.isGo).compactMap { process -> UserDiagnosis.Build? in
            guard let environment = process.environment, process.view == view else { return nil }
            var settings = BuildSettings(process: process, environment: environment)
            let cache = settings.cache()
            guard settings.areCertain else { return nil }
            return UserDiagnosis.Build(
                process: process.id, user: process.user, startedAt: process.startedAt,
                command: GoProcess.command(process.arguments, name: process.program.name), cache: cache,
                openSettings: table.openFiles(of: process.id).filter { GoProcess.isSettings($0, environment) }
                    .map(escapedForDisplay))
        }
        return commands.sorted { ($0.startedAt, $0.process) < ($1.startedAt, $1.process) }
    }
}
