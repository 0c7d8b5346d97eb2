package import Logging
package import SystemPackage
package import WardenLinux
package import WardenModel

/// Everything a run takes from outside: handed in, so that a test can be another host at another time.
package struct Surroundings: Sendable {
    package let now: @Sendable () -> Timestamp
    package let makeRunID: @Sendable () -> String
    package let environment: [String: String]
    package let caller: ProcessIdentity
    package let hostName: String
    /// What stands for `/`.
    package let top: FilePath
    /// Which builds run on the cache whose root this is.
    package let observeBuilds: @Sendable (InodeIdentity, FilePath, CacheLayout) -> BuildObservation
    /// Where the audit log's end goes, and records for which its disk has no room.
    package let journal: SystemJournal
    /// Where a run says what it is doing; says nothing unless somebody wants to know. Never part of the report.
    package let logger: Logger

    package init(
        now: @escaping @Sendable () -> Timestamp, makeRunID: @escaping @Sendable () -> String,
        environment: [String: String], caller: ProcessIdentity, hostName: String, top: FilePath,
        observeBuilds: @escaping @Sendable (InodeIdentity, FilePath, CacheLayout) -> BuildObservation = { _, _, _ in
            .unknown
        },
        journal: SystemJournal = SystemJournal(),
        logger: Logger = Logger(label: "cachewarden") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.now = now
        self.makeRunID = makeRunID
        self.environment = environment
        self.caller = caller
        self.hostName = hostName
        self.top = top
        self.observeBuilds = observeBuilds
        self.journal = journal
        self.logger = logger
    }

    /// Whether systemd started the process, as a unit (systemd.exec(5), `INVOCATION_ID`).
    package var isUnderSystemd: Bool { environment["INVOCATION_ID"] != nil }

    /// Whether root runs the agent: then its files stand in the system's places, else in the caller's.
    package var isSystemWide: Bool { caller.effectiveUser == .root }

    /// Returns where an absolute path of this host is found: below `top`.
    package func located(_ path: FilePath) -> FilePath { path.located(below: top) }

    /// Where the audit log stands unless the settings say otherwise: `/var/log/cachewarden`, or below the caller's
    /// `XDG_STATE_HOME` (XDG Base Directory Specification). `nil` where a user has no home.
    package var auditLog: FilePath? {
        if isSystemWide { return located("/var/log/cachewarden/audit.jsonl") }
        return stateDirectory?.appending("audit.jsonl")
    }

    /// The file that keeps two runs apart.
    package var lock: FilePath? {
        if isSystemWide { return located("/run/cachewarden/run.lock") }
        if let runtime = directory("XDG_RUNTIME_DIR") { return runtime.appending("cachewarden/run.lock") }
        return stateDirectory?.appending("run.lock")
    }

    /// The file that counts builds. `nil` where a user has no home.
    package var buildCounts: FilePath? {
        if isSystemWide { return located("/var/lib/cachewarden/failed-builds.json") }
        return stateDirectory?.appending("failed-builds.json")
    }

    /// The file that holds what all runs have done so far. `nil` where a user has no home.
    package var runTotals: FilePath? {
        if let unitState { return unitState.appending("totals.json") }
        if isSystemWide { return located("/var/lib/cachewarden/totals.json") }
        return stateDirectory?.appending("totals.json")
    }

    /// The file that holds whether the audit log was whole. `nil` where a user has no home.
    package var auditCheck: FilePath? { runTotals?.removingLastComponent().appending("audit-check.json") }

    /// The folder in which runs leave what others are told of them, and in which a notifier looks: the system's for root
    /// and for units with a state directory of their own. `nil` where a user has no home.
    package var outbox: FilePath? {
        if isSystemWide || unitState != nil { return located("/var/lib/cachewarden/outbox") }
        return stateDirectory?.appending("outbox")
    }

    /// The file in which a notifier keeps what it has told to whom. `nil` where a user has no home.
    package var notifierState: FilePath? {
        if let unitState { return unitState.appending("notify.json") }
        if isSystemWide { return located("/var/lib/cachewarden-notify/notify.json") }
        return stateDirectory?.appending("notify.json")
    }

    /// The first of the directories that `StateDirectory=` gives a unit (systemd.exec(5)).
    private var unitState: FilePath? {
        guard let first = environment["STATE_DIRECTORY"]?.split(separator: ":").first, first.hasPrefix("/") else {
            return nil
        }
        return FilePath(String(first))
    }

    private var stateDirectory: FilePath? {
        if let state = directory("XDG_STATE_HOME") { return state.appending("cachewarden") }
        return directory("HOME")?.appending(".local/state/cachewarden")
    }

    /// Returns a variable's value where it is an absolute path; the specification wants others ignored.
    private func directory(_ variable: String) -> FilePath? {
        guard let value = environment[variable], value.hasPrefix("/") else { return nil }
        return FilePath(value)
    }
}
