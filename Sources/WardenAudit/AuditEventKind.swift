/// What a record speaks of, as its `event` member spells it.
///
/// The list is open: a log may hold kinds that a later version writes. They are verified and shown like all others.
package struct AuditEventKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    /// The first record of every file: how it is hashed.
    package static let logStarted = AuditEventKind(rawValue: "log-started")
    /// A record was cut short by a crash or a full disk, and the log went on behind it.
    package static let recovered = AuditEventKind(rawValue: "recovered")
    package static let runStarted = AuditEventKind(rawValue: "run-started")
    package static let changesIntended = AuditEventKind(rawValue: "changes-intended")
    package static let changesConcluded = AuditEventKind(rawValue: "changes-concluded")
    package static let retentionIntended = AuditEventKind(rawValue: "retention-intended")
    package static let retentionConcluded = AuditEventKind(rawValue: "retention-concluded")
    package static let fileIntended = AuditEventKind(rawValue: "file-intended")
    package static let fileConcluded = AuditEventKind(rawValue: "file-concluded")
    package static let toolchainIntended = AuditEventKind(rawValue: "toolchain-intended")
    package static let toolchainConcluded = AuditEventKind(rawValue: "toolchain-concluded")
    package static let cacheMeasured = AuditEventKind(rawValue: "cache-measured")
    package static let hostMeasured = AuditEventKind(rawValue: "host-measured")
    package static let runEnded = AuditEventKind(rawValue: "run-ended")
    /// The records from this one on are authenticated with another key.
    package static let keyChanged = AuditEventKind(rawValue: "key-changed")
    /// A full disk took the log's reserve.
    package static let reserveUsed = AuditEventKind(rawValue: "reserve-used")
    /// Records before this one stand in systemd's journal alone.
    package static let journaled = AuditEventKind(rawValue: "journaled")
}
