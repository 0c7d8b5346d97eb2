internal import WardenModel

/// One thing that happened, with everything that a reader needs to understand it without the host.
package enum AuditEvent: Hashable, Sendable {
    case runStarted(RunStarted)
    /// Written, and on the disk, before the first of the changes is made.
    case changesIntended(ChangesIntended)
    case changesConcluded(ChangesConcluded)
    /// Written before names are removed or times set by retention.
    case retentionIntended(RetentionIntended)
    case retentionConcluded(RetentionConcluded)
    case runEnded(RunEnded)
    /// Written by the log itself.
    case logStarted(LogStarted)
    /// Written by the log itself.
    case recovered(Recovered)

    package var kind: AuditEventKind {
        switch self {
        case .runStarted: .runStarted
        case .changesIntended: .changesIntended
        case .changesConcluded: .changesConcluded
        case .retentionIntended: .retentionIntended
        case .retentionConcluded: .retentionConcluded
        case .runEnded: .runEnded
        case .logStarted: .logStarted
        case .recovered: .recovered
        }
    }

    /// The event's own members.
    var payload: any Encodable {
        switch self {
        case .runStarted(let event): event
        case .changesIntended(let event): event
        case .changesConcluded(let event): event
        case .retentionIntended(let event): event
        case .retentionConcluded(let event): event
        case .runEnded(let event): event
        case .logStarted(let event): event
        case .recovered(let event): event
        }
    }
}

/// How the records of a file are hashed.
package struct LogStarted: Hashable, Sendable, Codable {
    /// `sha256`, the one that this version knows.
    package let algorithm: String
    /// Which key, for an algorithm that has one.
    package let key: String?

    package init(algorithm: String, key: String?) {
        self.algorithm = algorithm
        self.key = key
    }
}

/// What stands between the last whole record and this one.
package struct Recovered: Hashable, Sendable, Codable {
    /// How many bytes, without the line break behind them.
    package let tornBytes: Int
    /// Their SHA-256, lower-case hexadecimal: nobody can put anything else there afterwards.
    package let tornHash: String

    package init(tornBytes: Int, tornHash: String) {
        self.tornBytes = tornBytes
        self.tornHash = tornHash
    }

    private enum CodingKeys: String, CodingKey {
        case tornBytes = "torn-bytes"
        case tornHash = "torn-hash"
    }
}
