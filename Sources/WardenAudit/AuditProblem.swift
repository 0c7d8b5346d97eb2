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
        case .truncated(let expected, let found):
            "the log ends at sequence number \(found), before the expected head \(expected): records were cut off"
        }
    }
}
