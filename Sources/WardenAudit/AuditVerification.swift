package import SystemPackage
internal import WardenModel

/// What can be said of a log from its bytes.
package struct AuditVerification: Sendable {
    /// The first thing that is wrong. What comes behind it is not looked at.
    package struct Defect: Hashable, Sendable, CustomStringConvertible {
        /// An older file of the log; `nil` for the log itself.
        package let file: FilePath?
        /// Counted from 1 in its file; one more than there are for records that are missing at the end.
        package let line: Int
        package let problem: AuditProblem

        package init(file: FilePath? = nil, line: Int, problem: AuditProblem) {
            self.file = file
            self.line = line
            self.problem = problem
        }

        package var description: String {
            (file.map { "\(quoted($0)), " } ?? "") + "line \(line): \(problem)"
        }
    }

    /// Whole records before the first defect.
    package internal(set) var records = 0
    package internal(set) var runs = 0
    /// Records that were cut short and are marked by the record behind them.
    package internal(set) var recoveries = 0
    /// Intentions without a conclusion: a run was killed between the two.
    package internal(set) var unconcluded: Set<UInt64> = []
    /// The files that were begun.
    package internal(set) var files = 0
    /// The first record that is there; others before it are gone with their files, as `audit.keep` says.
    package internal(set) var first: UInt64 = 1
    /// Records that stand in systemd's journal alone.
    package internal(set) var elsewhere: UInt64 = 0
    /// Records whose MAC was made with one of the given keys.
    package internal(set) var authenticated = 0
    /// Records whose MAC was not looked at for want of its key; the plain chain holds for them.
    package internal(set) var unauthenticated = 0
    /// How often the key was changed, a first one included.
    package internal(set) var keyChanges = 0
    /// The id of the key of the last record; `nil` for a record without a MAC.
    package internal(set) var key: String?
    /// The last whole record before the first defect; `nil` where there is none.
    package internal(set) var head: AuditHead?
    package internal(set) var defect: Defect?
    /// What the caller knows of the log's end.
    package let expected: AuditHead?

    package var isWhole: Bool { defect == nil }

    /// What this answer cannot promise, for people; one sentence each, without a full stop.
    package var caveats: [String] {
        var caveats: [String] = []
        if expected == nil {
            caveats.append("cannot rule out truncation at the end: give a head that was kept elsewhere (--head)")
        }
        if let key, authenticated == 0 {
            caveats.append("cannot say who wrote the records: they carry MACs of key \(quoted(key)) (--key)")
        }
        return caveats
    }

    /// Reads a whole log, oldest file first, in constant memory and without its lock: a run may be writing to it.
    ///
    /// - Parameters:
    ///   - expected: A head that was kept elsewhere: in a report, a journal, a metric.
    ///   - keys: Keys of the log, in any order. With one or more the log must end with a record of one of them; records
    ///     before that which have other keys, or none, are held by the chain that the last ones authenticate.
    package static func verify(
        _ path: FilePath, expecting expected: AuditHead? = nil, keys: [AuditKey] = []
    ) throws(AuditError) -> AuditVerification {
        var reader = try LogLines(path)
        var verifier = Verifier(expected, keys)
        while let line = try reader.next(), verifier.take(line, reader.beginsFile ? .beginning(reader.file) : nil) {}
        return verifier.finish()
    }

    init(expecting expected: AuditHead?) { self.expected = expected }
}
