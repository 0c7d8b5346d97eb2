/// What is wrong with a line of a log.
package enum AuditProblem: Error, Hashable, Sendable {
    /// No JSON object, or one without the members that every record has.
    case notARecord
    /// Longer than any record can be.
    case tooLong
    /// The bytes are not those that were hashed.
    case hash
    case unknownSchema(String)
    /// The file is hashed in a way that this version does not know.
    case unknownAlgorithm(String)
    /// A log begins with a `log-started` record.
    case noStart
    /// A record is missing, doubled or out of place.
    case sequence(expected: UInt64, found: UInt64)
    /// It does not follow the record before it.
    case chain
    /// The last record was cut short: a crash, a full disk, or a run that is writing at this moment.
    case tornTail(bytes: Int)
    /// The record with the expected head's number has another hash: another log, or one that was made anew.
    case otherHead
    /// A file of the log is not there: the one whose first record has this number.
    case missingFile(first: UInt64)
    /// The record's MAC was not made with the key.
    case mac
    /// The record has no MAC though the ones before have, or one of another key than was announced.
    case key(expected: String, found: String?)
    /// The log ends with records that are not authenticated with any of the given keys.
    case unproven(key: String?)
    /// The log ends before the expected head: records were cut off, or an older copy stands in its place.
    case truncated(expected: UInt64, found: UInt64)
}

extension AuditProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notARecord: "not a record of an audit log"
        case .tooLong: "longer than a record can be"
        case .hash: "the content does not match its hash"
        case .unknownSchema(let schema): "unknown schema \(quoted(schema))"
        case .unknownAlgorithm(let algorithm): "unknown hash algorithm \(quoted(algorithm))"
        case .noStart: "the log does not begin with a 'log-started' record"
        case .sequence(let expected, let found): "sequence number \(found) stands where \(expected) was expected"
        case .chain: "does not follow the record before it: the hashes differ"
        case .tornTail(let bytes): "the last \(bytes) bytes are no whole record: cut short, or being written right now"
        case .otherHead: "the expected head has another hash: this is another log, or it was made anew"
        case .missingFile(let first): "the file that begins with record \(first) is missing"
        case .mac: "the MAC was not made with this key: somebody without it wrote the record"
        case .key(let expected, let found):
            "the MAC must be made with key \(quoted(expected)); found "
                + (found.map { "one of key \(quoted($0))" } ?? "a record without a MAC")
        case .unproven(let key):
            key.map { "the log ends with records of key \(quoted($0)), which is none of those that were given" }
                ?? "the log ends with records that carry no MAC: a key proves nothing here"
        case .truncated(let expected, let found):
            "the log ends at sequence number \(found), before the expected head \(expected): records were cut off"
        }
    }
}
