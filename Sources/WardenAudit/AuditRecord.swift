internal import FoundationEssentials
package import SystemPackage
internal import WardenModel

/// One record as it was read. Whether it may be believed is `AuditVerification`'s question.
package struct AuditRecord: Sendable {
    /// Counted from 1 in its file.
    package let line: Int
    package let sequence: UInt64
    /// RFC 3339 in UTC with milliseconds; such texts sort by time.
    package let time: String
    package let run: String
    package let kind: AuditEventKind
    /// `nil` for kinds that this version does not know.
    package let event: AuditEvent?
    package let head: AuditHead
    /// The line as it stands in the file, without the line break.
    package let json: [UInt8]

    fileprivate init(_ header: RecordHeader, line: Int, json: ArraySlice<UInt8>) {
        self.line = line
        sequence = header.sequence
        time = header.time
        run = header.run
        kind = header.kind
        head = header.head
        self.json = Array(json)
        event = Self.event(header.kind, Data(json))
    }

    private static func event(_ kind: AuditEventKind, _ json: Data) -> AuditEvent? {
        func decoded<Payload: Decodable>(_ make: (Payload) -> AuditEvent) -> AuditEvent? {
            // A payload of a later version may lack what this one expects: then the record is carried unread.
            (try? JSONDecoder().decode(Payload.self, from: json)).map(make)
        }
        return switch kind {
        case .runStarted: decoded(AuditEvent.runStarted)
        case .changesIntended: decoded(AuditEvent.changesIntended)
        case .changesConcluded: decoded(AuditEvent.changesConcluded)
        case .retentionIntended: decoded(AuditEvent.retentionIntended)
        case .retentionConcluded: decoded(AuditEvent.retentionConcluded)
        case .fileIntended: decoded(AuditEvent.fileIntended)
        case .fileConcluded: decoded(AuditEvent.fileConcluded)
        case .toolchainIntended: decoded(AuditEvent.toolchainIntended)
        case .toolchainConcluded: decoded(AuditEvent.toolchainConcluded)
        case .cacheMeasured: decoded(AuditEvent.cacheMeasured)
        case .hostMeasured: decoded(AuditEvent.hostMeasured)
        case .runEnded: decoded(AuditEvent.runEnded)
        case .logStarted: decoded(AuditEvent.logStarted)
        case .recovered: decoded(AuditEvent.recovered)
        case .keyChanged: decoded(AuditEvent.keyChanged)
        case .reserveUsed: decoded(AuditEvent.reserveUsed)
        case .journaled: decoded(AuditEvent.journaled)
        default: nil
        }
    }
}

/// Reads the records of a log one by one, oldest file first, in constant memory and without its lock.
package struct AuditReader: ~Copyable {
    /// A line of a log.
    package enum Item: Sendable {
        case record(AuditRecord)
        /// Damaged, cut short, or of another schema.
        ///
        /// - Parameter file: An older file of the log; `nil` for the log itself.
        case unreadable(file: FilePath?, line: Int, AuditProblem)
    }

    private var lines: LogLines
    private let run: String?
    private let kinds: Set<AuditEventKind>?

    /// - Parameters:
    ///   - run: Only this run's records; an id's beginning is enough. `nil` for all.
    ///   - kinds: Only these; the others' lines are not even checked. `nil` for all.
    package init(_ path: FilePath, run: String? = nil, kinds: Set<AuditEventKind>? = nil) throws(AuditError) {
        lines = try LogLines(path)
        self.run = run
        self.kinds = kinds
    }

    /// Returns the next record that is asked for, or line that cannot be read; `nil` at the end.
    package mutating func next() throws(AuditError) -> Item? {
        while let line = try lines.next() {
            if line.isTooLong { return .unreadable(file: lines.file, line: line.number, .tooLong) }
            // A log holds a thousand names for each of the lines that history is made of.
            if let kinds, let kind = RecordFormat.kind(of: line.bytes), !kinds.contains(kind) { continue }
            switch RecordFormat.header(of: line.bytes) {
            case .failure(let problem): return .unreadable(file: lines.file, line: line.number, problem)
            case .success(let header):
                if let run, !header.run.hasPrefix(run) { continue }
                return .record(AuditRecord(header, line: line.number, json: line.bytes))
            }
        }
        return nil
    }
}
