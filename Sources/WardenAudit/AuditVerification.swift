package import SystemPackage
internal import WardenModel

/// What can be said of a log from its bytes.
package struct AuditVerification: Sendable {
    /// The first thing that is wrong. What comes behind it is not looked at.
    package struct Defect: Hashable, Sendable, CustomStringConvertible {
        /// Counted from 1; one more than there are for records that are missing at the end.
        package let line: Int
        package let problem: AuditProblem

        package init(line: Int, problem: AuditProblem) {
            self.line = line
            self.problem = problem
        }

        package var description: String { "line \(line): \(problem)" }
    }

    /// Whole records before the first defect.
    package internal(set) var records = 0
    package internal(set) var runs = 0
    /// Records that were cut short and are marked by the record behind them.
    package internal(set) var recoveries = 0
    /// Intentions without a conclusion: a run was killed between the two.
    package internal(set) var unconcluded: Set<UInt64> = []
    /// The last whole record before the first defect; `nil` where there is none.
    package internal(set) var head: AuditHead?
    package internal(set) var defect: Defect?
    /// What the caller knows of the log's end.
    package let expected: AuditHead?

    package var isWhole: Bool { defect == nil }

    /// What this answer cannot promise, for people; `nil` where there was an expected head.
    package var caveat: String? {
        guard expected == nil else { return nil }
        return "records cut off at the end cannot be ruled out without a head that was kept elsewhere"
    }

    /// Reads a whole log, in constant memory and without its lock: a run may be writing to it.
    ///
    /// - Parameter expected: A head that was kept elsewhere: in a report, a journal, a metric.
    package static func verify(_ path: FilePath, expecting expected: AuditHead? = nil) throws(AuditError)
        -> AuditVerification
    {
        var reader = try LineReader(path)
        var verifier = Verifier(expected)
        while let line = try reader.next(), verifier.take(line) {}
        return verifier.finish()
    }

    fileprivate init(expecting expected: AuditHead?) { self.expected = expected }
}

/// Takes line after line and stops at the first defect. Pure: the reading is outside.
private struct Verifier {
    /// Lines that are no records; a `recovered` record must follow and prove that they were left like that.
    private struct Torn {
        let line: Int
        var problem: AuditProblem
        var bytes: [UInt8]
    }

    private var result: AuditVerification
    private var torn: Torn?
    private var lines = 0

    init(_ expected: AuditHead?) { result = AuditVerification(expecting: expected) }

    /// Returns whether the next line is wanted.
    mutating func take(_ line: LineReader.Line) -> Bool {
        lines = line.number
        guard !line.isTooLong else { return reject(.tooLong) }
        switch RecordFormat.header(of: line.bytes) {
        case .success(let header):
            guard line.isTerminated else { return reject(.tornTail(bytes: line.bytes.count)) }
            return take(header)
        case .failure(.unknownSchema(let schema)):
            return reject(.unknownSchema(schema))
        case .failure(let problem):
            return keep(line, problem)
        }
    }

    private mutating func keep(_ line: LineReader.Line, _ problem: AuditProblem) -> Bool {
        if var torn {
            torn.bytes.append(UInt8(ascii: "\n"))
            torn.bytes += line.bytes
            self.torn = torn
        } else {
            let problem = line.isTerminated ? problem : .tornTail(bytes: line.bytes.count)
            torn = Torn(line: line.number, problem: problem, bytes: Array(line.bytes))
        }
        guard torn.map({ $0.bytes.count <= 2 * RecordFormat.longestLine }) == true else { return reject(.tooLong) }
        return true
    }

    private mutating func take(_ header: RecordHeader) -> Bool {
        if let torn {
            guard header.proves(torn.bytes[...]) else { return reject(torn.problem, at: torn.line) }
            self.torn = nil
            result.recoveries += 1
        }
        if let objection = header.objection(after: result.head ?? .none) { return reject(objection) }
        if let expected = result.expected, expected.sequence == header.sequence, expected.hash != header.hash {
            return reject(.otherHead)
        }
        result.head = header.head
        result.records += 1
        switch header.kind {
        case .runStarted: result.runs += 1
        case .changesIntended, .retentionIntended: result.unconcluded.insert(header.sequence)
        case .changesConcluded, .retentionConcluded: result.unconcluded.remove(header.intended ?? 0)
        default: break
        }
        return true
    }

    private mutating func reject(_ problem: AuditProblem, at line: Int? = nil) -> Bool {
        // Lines that nothing has explained so far come first.
        let (problem, line) = torn.map { ($0.problem, $0.line) } ?? (problem, line ?? lines)
        result.defect = AuditVerification.Defect(line: line, problem: problem)
        return false
    }

    mutating func finish() -> AuditVerification {
        guard result.defect == nil else { return result }
        if let torn {
            _ = reject(torn.problem, at: torn.line)
        } else if let expected = result.expected, expected.sequence > result.head?.sequence ?? 0 {
            lines += 1
            _ = reject(.truncated(expected: expected.sequence, found: result.head?.sequence ?? 0))
        }
        return result
    }
}
