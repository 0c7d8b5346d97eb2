internal import FoundationEssentials
internal import SystemPackage
internal import WardenAudit
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// Whether the audit log is whole, as runs find it: `audit-check.json` in the state directory. Whoever updates it holds
/// the run's lock.
///
/// It keeps the log's end of the last look, so that a log which was cut off or written anew since then is seen too.
struct AuditCheck {
    /// A look reads the whole log, and `watch` may run every few seconds.
    private static let interval: Int64 = 3_600

    let path: FilePath

    private struct State: Codable {
        static let schema = "cachewarden.audit-check/1"

        var schema = Self.schema
        let log: String
        /// Seconds since the epoch.
        let checkedAt: Int64
        /// The last end at which the log was whole.
        let sequence: UInt64
        let hash: String
        let defect: String?
    }

    /// Returns what is wrong with the log, `nil` where it is whole, and a note where what was known of it is lost. Reads the
    /// log where the last look is older than an hour.
    ///
    /// Throws where the log or the file cannot be read, or the file not be written.
    ///
    /// - Parameter end: Where the run that asks has left the log.
    func defect(in end: RunReport.AuditHead, keys: [AuditKey], now: Timestamp) throws -> (
        defect: String?, note: String?
    ) {
        let log = end.path.string
        let (found, note) = try StateFile.read(path, parsing: Self.parse)
        let known = found.flatMap { $0.log == log ? $0 : nil }
        if let known, known.checkedAt <= now.seconds, known.checkedAt > now.seconds - Self.interval {
            return (known.defect, note)
        }
        let verification = try AuditVerification.verify(
            end.path, expecting: known.map { AuditHead(sequence: $0.sequence, hash: $0.hash) }, keys: keys)
        let defect = verification.defect?.description
        let isWhole = defect == nil
        let state = State(
            log: log, checkedAt: now.seconds, sequence: isWhole ? end.sequence : known?.sequence ?? end.sequence,
            hash: isWhole ? end.hash : known?.hash ?? end.hash, defect: defect)
        try TrustedFile.write(
            JSONText.encode(state), to: path, mode: ModeBits(0o644), folders: ModeBits(0o755),
            trusting: .rootAndCaller)
        return (defect, note)
    }

    private static func parse(_ content: [UInt8]) -> State? {
        // What is wrong with it does not matter: it is begun anew either way.
        guard let state = try? JSONDecoder().decode(State.self, from: Data(content)), state.schema == State.schema
        else { return nil }
        return state
    }
}
