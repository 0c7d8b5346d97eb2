internal import Synchronization
package import SystemPackage
internal import WardenDigest
internal import WardenLinux
package import WardenModel

/// The append-only record of what the agent did: JSON lines, each carrying the hash of the one before.
///
/// One writer at a time, over all processes (a lock on the file) and all threads. A record is whole or not there:
/// what a full disk cuts short is cut off again, what a crash cuts short is marked by a `recovered` record when the
/// log is opened next. Nothing is on the disk before `sync()` returns. See `RecordFormat` for the bytes.
package final class AuditLog: Sendable {
    private struct State: ~Copyable {
        var file: LogFile
        /// Up to the last whole record.
        var size: UInt64
        var head: AuditHead
        /// Set once writing on could hide that something is lost.
        var failure: Errno?
    }

    package let path: FilePath
    private let now: @Sendable () -> Timestamp
    /// The run's id as JSON.
    private let run: [UInt8]
    private let state: Mutex<State>

    /// Opens a log, or begins one, for the run with this id.
    ///
    /// The path must be trusted as `LogFile.open(_:)` says. Throws `.busy` where another run has it open. The last
    /// record is checked, not the whole chain: that is `AuditVerification`'s.
    package static func open(
        at path: FilePath, now: @escaping @Sendable () -> Timestamp, run: String
    ) throws(AuditError) -> AuditLog {
        let file: LogFile?
        do throws(FileError) {
            file = try LogFile.open(path)
        } catch {
            throw AuditError(reason: .file(error), operation: "open", path: path)
        }
        guard let file else { throw AuditError(reason: .busy, operation: "open", path: path) }
        let size = try Self.attempt("read", path) { () throws(Errno) in try file.size() }
        let tail = try LogTail.read(file, size: size)
        let run = try Self.encoding(path) { try RecordFormat.encode(run) }
        let log = AuditLog(file: file, size: size, now: now, run: run)
        try log.resume(tail)
        return log
    }

    private init(file: consuming LogFile, size: UInt64, now: @escaping @Sendable () -> Timestamp, run: [UInt8]) {
        path = file.path
        self.now = now
        self.run = run
        state = Mutex(State(file: file, size: size, head: .none, failure: nil))
    }

    /// The last record that was written.
    package var head: AuditHead { state.withLock { $0.head } }

    /// Writes one record and returns its sequence number.
    ///
    /// After an error the log ends where it ended before; where even that cannot be had, every later call throws.
    @discardableResult
    package func append(_ event: AuditEvent) throws(AuditError) -> UInt64 {
        try append(event, behind: [])
    }

    /// Waits until every record is on the disk. Corresponds to `fdatasync(2)`.
    ///
    /// An error is final: records may be lost, so nothing more is written (`LogFile.synchronize()` says why).
    package func sync() throws(AuditError) {
        try state.withLock { (state) throws(AuditError) in
            try refuseFailed(state.failure, "sync")
            do throws(Errno) {
                try state.file.synchronize()
            } catch {
                state.failure = error
                throw AuditError(reason: .system(error), operation: "sync", path: path)
            }
        }
    }

    /// Brings the end of the file into order.
    private func resume(_ tail: LogTail) throws(AuditError) {
        switch tail {
        case .empty(let torn):
            if torn > 0 { try cut(to: 0) }
            try append(.logStarted(LogStarted(algorithm: RecordFormat.algorithm, key: nil)))
        case .unterminated(let head):
            try write([UInt8(ascii: "\n")], endingAt: head)
        case .continued(let head, let torn):
            state.withLock { $0.head = head }
            guard !torn.isEmpty else { return }
            let recovered = Recovered(tornBytes: torn.count, tornHash: SHA256Digest(of: torn).description)
            try append(.recovered(recovered), behind: [UInt8(ascii: "\n")])
        }
    }

    /// Writes `prefix` and a record at once.
    @discardableResult
    private func append(_ event: AuditEvent, behind prefix: [UInt8]) throws(AuditError) -> UInt64 {
        // Encoding takes longer than anything else here and needs no lock.
        let members = try Self.encoding(path) { try RecordFormat.members(of: event) }
        guard members.count < RecordFormat.longestLine - 4096 else {
            throw AuditError(reason: .eventTooLarge, operation: "write to", path: path)
        }
        return try state.withLock { (state) throws(AuditError) in
            let line = RecordFormat.line(
                after: state.head, time: now(), run: run, kind: event.kind, members: members)
            try write(prefix + line.bytes, endingAt: line.head, &state)
            return line.head.sequence
        }
    }

    private func write(_ bytes: [UInt8], endingAt head: AuditHead) throws(AuditError) {
        try state.withLock { (state) throws(AuditError) in try write(bytes, endingAt: head, &state) }
    }

    private func write(_ bytes: [UInt8], endingAt head: AuditHead, _ state: inout State) throws(AuditError) {
        try refuseFailed(state.failure, "write to")
        do throws(Errno) {
            try state.file.append(bytes)
        } catch {
            let cause = error
            do throws(Errno) {
                try state.file.truncate(to: state.size)
            } catch {
                // An append-only file (chattr +a) keeps the torn record; the next `open` marks it.
                state.failure = cause
            }
            throw AuditError(reason: .system(cause), operation: "write to", path: path)
        }
        state.size += UInt64(bytes.count)
        state.head = head
    }

    private func cut(to size: UInt64) throws(AuditError) {
        try state.withLock { (state) throws(AuditError) in
            try Self.attempt("repair", path) { () throws(Errno) in try state.file.truncate(to: size) }
            state.size = size
        }
    }

    private func refuseFailed(_ failure: Errno?, _ operation: String) throws(AuditError) {
        guard let failure else { return }
        throw AuditError(reason: .closed(by: failure), operation: operation, path: path)
    }

    private static func attempt<Result>(
        _ operation: String, _ path: FilePath, _ body: () throws(Errno) -> Result
    ) throws(AuditError) -> Result {
        do throws(Errno) {
            return try body()
        } catch {
            throw AuditError(reason: .system(error), operation: operation, path: path)
        }
    }

    private static func encoding(_ path: FilePath, _ body: () throws -> [UInt8]) throws(AuditError) -> [UInt8] {
        do {
            return try body()
        } catch {
            throw AuditError(reason: .notEncodable, operation: "write to", path: path)
        }
    }
}
