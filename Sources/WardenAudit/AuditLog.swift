internal import Synchronization
package import SystemPackage
internal import WardenLinux
package import WardenModel

/// The append-only record of what the agent did: JSON lines, each carrying the hash of the one before.
///
/// One writer at a time, over all processes (a lock on the file) and all threads. A record is whole or not there:
/// what a full disk cuts short is cut off again, what a crash cuts short is marked by a `recovered` record when the
/// log is opened next. Nothing is on the disk before `commit(_:)`, `sync()` or `finish()` returns. A full disk takes
/// the log's reserve first, a file beside it. See `RecordFormat` for the bytes, `Rotation` for how files follow files.
package final class AuditLog: Sendable {
    package let path: FilePath
    let options: AuditOptions
    private let now: @Sendable () -> Timestamp
    /// The run's id as JSON.
    private let run: [UInt8]
    private let state: Mutex<LogState>

    /// Opens a log, or begins one, for the run with this id, and brings to an end what an earlier run left unfinished.
    ///
    /// The path must be trusted as `LogDirectory` says. Throws `.busy` where another run has it open. The last
    /// record is checked, not the whole chain: that is `AuditVerification`'s.
    package static func open(
        at path: FilePath, now: @escaping @Sendable () -> Timestamp, run: String,
        options: AuditOptions = AuditOptions()
    ) throws(AuditError) -> AuditLog {
        let directory = try inLogsWords("open", path) { () throws(FileError) in try LogDirectory.open(of: path) }
        guard let file = try inLogsWords("open", path, { () throws(FileError) in try directory.openLog() }) else {
            throw AuditError(reason: .busy, operation: "open", path: path)
        }
        let size = try attempt("read", path) { () throws(Errno) in try file.size() }
        let tail = try LogTail.read(file, size: size)
        let first = try LogStart.read(file)
        let run = try Self.encoding(path) { try RecordFormat.encode(run) }
        let state = LogState(directory: directory, file: file, size: size, start: first)
        let log = AuditLog(state, path: path, now: now, run: run, options: options)
        try log.state.withLock { (state) throws(AuditError) in try log.resume(tail, &state) }
        return log
    }

    private init(
        _ state: consuming LogState, path: FilePath, now: @escaping @Sendable () -> Timestamp, run: [UInt8],
        options: AuditOptions
    ) {
        self.path = path
        self.options = options
        self.now = now
        self.run = run
        self.state = Mutex(state)
    }

    /// The last record that was written.
    package var head: AuditHead { state.withLock { $0.head } }

    /// Writes one record and returns its sequence number.
    ///
    /// After an error the log ends where it ended before; where even that cannot be had, every later call throws.
    @discardableResult
    package func append(_ event: AuditEvent) throws(AuditError) -> UInt64 {
        let members = try members(of: event)
        return try state.withLock { (state) throws(AuditError) in
            try append(event, members, &state)
        }
    }

    /// Writes one record, waits until it is on the disk, with all before it, and returns its sequence number.
    ///
    /// For what announces a change: a power cut must not take the announcement and leave the change.
    @discardableResult
    package func commit(_ event: AuditEvent) throws(AuditError) -> UInt64 {
        let members = try members(of: event)
        return try state.withLock { (state) throws(AuditError) in
            let sequence = try append(event, members, &state)
            try sync(&state)
            return sequence
        }
    }

    /// Waits until every record is on the disk. Corresponds to `fdatasync(2)`.
    ///
    /// An error other than a full disk is final: records may be lost, so nothing more is written
    /// (`LogFile.synchronize()` says why).
    package func sync() throws(AuditError) {
        try state.withLock { (state) throws(AuditError) in try sync(&state) }
    }

    /// Waits until every record is on the disk, makes the reserve again if it was used, and says how it went.
    package func finish() throws(AuditError) -> AuditEnding {
        try state.withLock { (state) throws(AuditError) in
            // A disk that is still full leaves the records in the journal, which the notes say.
            try? goOnInFile(&state)
            try sync(&state)
            makeReserve(&state)
            return AuditEnding(head: state.head, notes: state.notes(path, options))
        }
    }

    /// Begins a new file now, whatever the size of this one. Does no more than `steps` of `Rotation`'s steps: a test stops
    /// as a crash would, and opens the log anew.
    package func rotate(steps: Int = .max) throws(AuditError) {
        try state.withLock { (state) throws(AuditError) in try rotate(&state, steps: steps) }
    }

    // MARK: - With the lock held

    /// Returns the line of an event behind the log's head. Throws nothing: what can fail is done by `members(of:)`.
    func line(
        _ kind: AuditEventKind, _ members: [UInt8], after head: AuditHead
    ) -> (bytes: [UInt8], head: AuditHead) {
        RecordFormat.line(after: head, time: now(), run: run, kind: kind, members: members, key: options.key)
    }

    /// Returns an event's own part of its line. Takes longer than anything else here, and needs no lock.
    func members(of event: AuditEvent) throws(AuditError) -> [UInt8] {
        let members = try Self.encoding(path) { try RecordFormat.members(of: event) }
        guard members.count < RecordFormat.longestLine - 4096 else {
            throw AuditError(reason: .eventTooLarge, operation: "write to", path: path)
        }
        return members
    }

    func refuseFailed(_ failure: Errno?, _ operation: String) throws(AuditError) {
        guard let failure else { return }
        throw AuditError(reason: .closed(by: failure), operation: operation, path: path)
    }

    private static func encoding(_ path: FilePath, _ body: () throws -> [UInt8]) throws(AuditError) -> [UInt8] {
        do {
            return try body()
        } catch {
            throw AuditError(reason: .notEncodable, operation: "write to", path: path)
        }
    }
}

/// Runs `body`; its `errno` becomes an error about the log at `path`.
func attempt<Result>(
    _ operation: String, _ path: FilePath, _ body: () throws(Errno) -> Result
) throws(AuditError) -> Result {
    do throws(Errno) {
        return try body()
    } catch {
        throw AuditError(reason: .system(error), operation: operation, path: path)
    }
}

/// Runs `body`; its error about a file becomes one about the log at `path`.
func inLogsWords<Result: ~Copyable>(
    _ operation: String, _ path: FilePath, _ body: () throws(FileError) -> Result
) throws(AuditError) -> Result {
    do throws(FileError) {
        return try body()
    } catch {
        throw AuditError(reason: .file(error), operation: operation, path: path)
    }
}
