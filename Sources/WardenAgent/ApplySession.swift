internal import Logging
internal import SystemPackage
internal import WardenApply
internal import WardenAudit
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy

/// What every run that changes something has around it: the lock, the audit log, the beginning and the end.
final class ApplySession {
    let scope: RunScope
    private let request: RunRequest
    private let surroundings: Surroundings
    private let runID: String
    private let startedAt: Timestamp
    private let lock: RunLock
    private let log: AuditLog

    /// Reads the policies, takes the lock and opens the log.
    init(_ request: RunRequest, _ surroundings: Surroundings) throws {
        self.request = request
        self.surroundings = surroundings
        runID = surroundings.makeRunID()
        startedAt = surroundings.now()
        scope = try RunScope(request, surroundings)
        lock = try surroundings.takeLock()
        log = try surroundings.openLog(scope.policies.settings, run: runID)
    }

    var retentionJournal: AuditRetentionJournal { AuditRetentionJournal(log: log) }

    func begin(_ caches: [(name: String, path: FilePath, root: InodeIdentity?)]) throws {
        try log.append(
            .runStarted(
                RunStarted(
                    command: request.command.rawValue, version: agentVersion, host: surroundings.hostName,
                    uid: surroundings.caller.effectiveUser,
                    policies: scope.policies.selected.map { .init(name: $0.name, path: $0.file, digest: $0.digest) },
                    caches: caches.map { .init(name: $0.name, path: $0.path, identity: $0.root) })))
    }

    /// Writes the last record, waits for the disk, and returns the report.
    func end(_ caches: [RunReport.Cache], verdict: RunReport.Verdict, notes: [String]) throws -> RunReport {
        let retention = caches.compactMap(\.retention)
        let failed = retention.reduce(0) { $0 + $1.failureCount }
        let measurements = Measurements(policies: scope.policyFiles, rules: [])
        for cache in caches { try log.append(measurements.measured(cache)) }
        try log.append(
            .runEnded(
                RunEnded(
                    verdict: verdict, exitCode: verdict.exitCode, findings: 0,
                    applied: caches.reduce(0) { $0 + $1.appliedCount },
                    skipped: retention.reduce(0) { $0 + $1.kept.values.reduce(0, +) + $1.vanished },
                    failed: failed, elapsed: surroundings.now().since(startedAt))))
        let audit = try surroundings.endLog(log, run: runID)
        withExtendedLifetime(lock) {}
        var names = IdentityNames()
        for cache in caches { names.add(from: cache.after ?? cache.before) }
        var report = RunReport(
            command: request.command, version: agentVersion, runID: runID, host: surroundings.hostName,
            startedAt: startedAt, finishedAt: surroundings.now(),
            policies: scope.policyFiles, caches: caches, notes: scope.notes + notes + audit.notes,
            nextSteps: verdict == .drift ? ["cachewarden clean, once these builds have ended"] : [], verdict: verdict,
            audit: audit.head, userNames: names.users, groupNames: names.groups)
        MetricsFile(scope.policies, in: surroundings).write(&report)
        Outbox(scope.policies.settings, in: surroundings).write(&report, isWholeHost: false)
        return report
    }
}

extension Surroundings {
    /// Keeps two runs apart. Throws `.busy` where another holds the lock.
    func takeLock() throws -> RunLock {
        guard let path = lock else {
            throw AgentError.failed("no place for the run's lock", remedy: "set XDG_RUNTIME_DIR or HOME")
        }
        guard let lock = try attempt({ () throws(FileError) in try RunLock.acquire(at: path) }) else {
            throw AgentError.busy(path.string)
        }
        let event = LogEvent.tookLock(path)
        logger.log(level: event.level, event.message, metadata: event.metadata)
        return lock
    }
}
