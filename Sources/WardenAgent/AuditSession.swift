internal import Logging
package import SystemPackage
internal import WardenAudit
internal import WardenLinux
internal import WardenModel
package import WardenPolicy

/// How a run opens and ends its part of the audit log.
extension Surroundings {
    /// The name of the credential that holds the audit log's key.
    static let auditKeyCredential = "audit-key"

    /// Opens the audit log for a run, where the settings or the system's customs say.
    func openLog(_ settings: Settings, run: String) throws -> AuditLog {
        let path = try logPath(settings)
        let event = LogEvent.opensAuditLog(path)
        logger.log(level: event.level, event.message, metadata: event.metadata)
        var options = AuditOptions()
        options.rotateSize = settings.audit.rotateSize
        options.keep = settings.audit.keep
        options.key = try auditKey()
        if settings.audit.whenFull == .journal { options.substitute = journalRecord(run) }
        return try AuditLog.open(at: path, now: now, run: run, options: options)
    }

    /// Returns where the log stands, be there one or not.
    package func logPath(_ settings: Settings) throws -> FilePath {
        guard let path = settings.audit.path.map(located) ?? auditLog else {
            throw AgentError.failed("no place for the audit log", remedy: "set XDG_STATE_HOME or HOME")
        }
        return path
    }

    /// Adds how it went before. A log that cannot be read is worth a note; one that is not there yet is not.
    func addHistory(to report: inout RunReport, over span: Duration?, _ settings: Settings) {
        guard let span else { return }
        let until = now()
        let since = Timestamp(seconds: until.seconds - span.components.seconds)
        do {
            report.history = try HistoryReader.read(try logPath(settings), since: since, until: until)
        } catch let error as AuditError {
            if case .file(let cause) = error.reason, cause.isMissing { return }
            report.notes.append("the report tells of this run alone: \(error)")
        } catch {
            report.notes.append("the report tells of this run alone: \(error)")
        }
    }

    /// Ends a run's part of the log: all of it on the disk, its head exported, its notes for the report.
    func endLog(_ log: AuditLog, run: String) throws -> (head: RunReport.AuditHead, notes: [String]) {
        let ending = try log.finish()
        let head = RunReport.AuditHead(path: log.path, sequence: ending.head.sequence, hash: ending.head.hash)
        export(head, run)
        return (head, ending.notes)
    }

    /// Reads the whole log where that is due, and says in the report what is wrong with it: it is no longer without drift.
    func checkLog(of report: inout RunReport) throws {
        guard let path = auditCheck, let end = report.audit else { return }
        let keys = try auditKey().map { [$0] } ?? []
        let (defect, note) = try AuditCheck(path: path).defect(in: end, keys: keys, now: now())
        if let note { report.notes.append(note) }
        report.audit?.isWhole = defect == nil
        guard let defect else { return }
        report.notes.append(
            "the audit log '\(escapedForDisplay(end.path.string))' is not what runs wrote: \(defect); once it is clear why, "
                + "remove '\(escapedForDisplay(path.string))'")
        if report.verdict.exitCode == 0 { report.verdict = .drift }
    }

    /// Reads the key that systemd hands to the unit (`LoadCredential=`), if there is one.
    private func auditKey() throws(AuditKeyError) -> AuditKey? {
        guard let folder = environment["CREDENTIALS_DIRECTORY"], folder.hasPrefix("/") else { return nil }
        do throws(AuditKeyError) {
            return try AuditKey(reading: FilePath(folder).appending(Self.auditKeyCredential))
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// Leaves the log's end where nobody who may write to the log can change it.
    private func export(_ head: RunReport.AuditHead, _ run: String) {
        guard isUnderSystemd else { return }
        let text = "audit log '\(escapedForDisplay(head.path.string))' ends at \(head.sequence):\(head.hash)"
        let fields: [(String, String)] = [
            ("CACHEWARDEN_AUDIT_LOG", head.path.string), ("CACHEWARDEN_AUDIT_SEQUENCE", String(head.sequence)),
            ("CACHEWARDEN_AUDIT_HASH", head.hash),
        ]
        do throws(Errno) {
            try send(text, priority: 6, run, fields.map { ($0.0, Array($0.1.utf8)) })
        } catch {
            // Without a journal the unit's standard error is where such lines go.
            logger.warning(
                "no journal takes the audit log's end, which is kept here",
                metadata: [
                    "audit.path": "\(escapedForDisplay(head.path.string))",
                    "audit.head": "\(head.sequence):\(head.hash)",
                    "run": "\(run)",
                ])
        }
    }

    /// What takes records for which the disk has no room. Priority 2, which the journal writes to its disk at once.
    private func journalRecord(_ run: String) -> AuditOptions.Substitute {
        { head, line in
            let fields: [(String, [UInt8])] = [
                ("CACHEWARDEN_AUDIT_SEQUENCE", Array(String(head.sequence).utf8)),
                ("CACHEWARDEN_AUDIT_HASH", Array(head.hash.utf8)), ("CACHEWARDEN_AUDIT_RECORD", line),
            ]
            try send(
                "audit record \(head.sequence), for which the audit log's disk has no room", priority: 2, run, fields)
        }
    }

    private func send(
        _ message: String, priority: Int, _ run: String, _ fields: [(String, [UInt8])]
    ) throws(Errno) {
        let common = [
            ("MESSAGE", message), ("PRIORITY", String(priority)), ("SYSLOG_IDENTIFIER", "cachewarden"),
            ("CACHEWARDEN_RUN", run),
        ]
        try journal.send(common.map { ($0.0, Array($0.1.utf8)) } + fields)
    }
}
