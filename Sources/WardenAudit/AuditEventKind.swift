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
    package static let runEnded = AuditEventKind(rawValue: "run-ended")
    /// Reserved: the last record of a file that is continued in another.
    package static let rotated = AuditEventKind(rawValue: "rotated")
    /// Reserved: the records behind this one are hashed in another way or with another key.
    package static let keyChanged = AuditEventKind(rawValue: "key-changed")
}
