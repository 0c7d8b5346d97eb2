internal import SystemPackage

/// Takes line after line of a log's files and stops at the first defect. Pure: the reading is outside.
struct Verifier {
    /// Where a line stands, if it is the first of its file.
    enum Place {
        /// Of an older file, or, for `nil`, of the log itself.
        case beginning(FilePath?)
    }

    /// Lines that are no records; a `recovered` record must follow and prove that they were left like that.
    private struct Torn {
        let line: Int
        var problem: AuditProblem
        var bytes: [UInt8]
    }

    private var result: AuditVerification
    private let keys: [AuditKey]
    private var torn: Torn?
    private var lines = 0
    private var file: FilePath?
    private var isAtBeginning = false
    /// The first record of the oldest file that must be there, as the last `log-started` record says.
    private var oldest: UInt64 = 1
    /// The first file, for defects that are found later.
    private var firstFile: FilePath?

    init(_ expected: AuditHead?, _ keys: [AuditKey]) {
        result = AuditVerification(expecting: expected)
        self.keys = keys
    }

    /// Returns whether the next line is wanted.
    mutating func take(_ line: LineReader.Line, _ place: Place?) -> Bool {
        if case .beginning(let file) = place {
            // Nothing but the end of the log may be torn: a rotation waits for whole records.
            if let torn { return reject(torn.problem, at: torn.line) }
            self.file = file
            if result.files == 0 { firstFile = file }
            result.files += 1
            isAtBeginning = true
        }
        lines = line.number
        guard !line.isTooLong else { return reject(.tooLong) }
        switch RecordFormat.header(of: line.bytes) {
        case .success(let header):
            guard line.isTerminated else { return reject(.tornTail(bytes: line.bytes.count)) }
            defer { isAtBeginning = false }
            return take(header, line.bytes)
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

    private mutating func take(_ header: RecordHeader, _ line: ArraySlice<UInt8>) -> Bool {
        if let torn {
            guard header.proves(torn.bytes[...]) else { return reject(torn.problem, at: torn.line) }
            self.torn = nil
            result.recoveries += 1
        }
        if let objection = objection(to: header) { return reject(objection) }
        if let objection = keyObjection(to: header, line) { return reject(objection) }
        if let expected = result.expected, expected.sequence == header.sequence, expected.hash != header.hash {
            return reject(.otherHead)
        }
        count(header)
        return true
    }

    /// Looks at the record's place in the chain.
    private mutating func objection(to header: RecordHeader) -> AuditProblem? {
        guard let head = result.head else {
            // The first record of all: what it continues is gone, or was never there.
            let isLater = header.kind == .logStarted && header.continues == header.sequence &- 1 && header.sequence > 1
            let before = isLater ? AuditHead(sequence: header.sequence - 1, hash: header.previous) : .none
            if isLater { result.first = header.sequence }
            result.key = header.keyID
            return header.objection(after: before, beginsFile: true)
        }
        if isAtBeginning, header.kind == .logStarted, header.sequence > head.sequence + 1 {
            return .missingFile(first: head.sequence + 1)
        }
        return header.objection(after: head, beginsFile: isAtBeginning)
    }

    /// Looks at the record's MAC.
    private mutating func keyObjection(to header: RecordHeader, _ line: ArraySlice<UInt8>) -> AuditProblem? {
        let found = header.keyID
        if found != result.key {
            let mayChange = header.kind == .keyChanged || header.kind == .recovered
            guard let found, mayChange, header.keyBefore == result.key else {
                return .key(expected: result.key ?? "none", found: found)
            }
            result.key = found
            result.keyChanges += 1
        }
        guard let key = keys.first(where: { $0.id == found }) else {
            result.unauthenticated += 1
            return nil
        }
        guard RecordFormat.isAuthentic(line, header, key: key) else { return .mac }
        result.authenticated += 1
        return nil
    }

    private mutating func count(_ header: RecordHeader) {
        if header.kind == .journaled, let head = result.head { result.elsewhere += header.sequence - head.sequence - 1 }
        result.head = header.head
        result.records += 1
        switch header.kind {
        case .logStarted: oldest = header.oldest ?? 1
        case .runStarted: result.runs += 1
        case .changesIntended, .retentionIntended, .fileIntended, .toolchainIntended:
            result.unconcluded.insert(header.sequence)
        case .changesConcluded, .retentionConcluded, .fileConcluded, .toolchainConcluded:
            result.unconcluded.remove(header.intended ?? 0)
        default: break
        }
    }

    private mutating func reject(_ problem: AuditProblem, at line: Int? = nil) -> Bool {
        // Lines that nothing has explained so far come first.
        let (problem, line) = torn.map { ($0.problem, $0.line) } ?? (problem, line ?? lines)
        result.defect = AuditVerification.Defect(file: file, line: line, problem: problem)
        return false
    }

    mutating func finish() -> AuditVerification {
        guard result.defect == nil else { return result }
        let found = result.head?.sequence ?? 0
        if let torn {
            _ = reject(torn.problem, at: torn.line)
        } else if result.head != nil, result.first > oldest {
            result.defect = AuditVerification.Defect(file: firstFile, line: 1, problem: .missingFile(first: oldest))
        } else if let expected = result.expected, expected.sequence > found {
            lines += 1
            _ = reject(.truncated(expected: expected.sequence, found: found))
        } else if !keys.isEmpty, !keys.contains(where: { $0.id == result.key }) {
            _ = reject(.unproven(key: result.key))
        }
        return result
    }
}
