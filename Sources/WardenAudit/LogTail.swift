internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// How a log ends, and so how it goes on.
enum LogTail {
    /// Nothing is there, or only the beginning of a first record.
    case empty(torn: Int)
    /// Behind the record `head`, whose MAC is made with `key`, stand `torn` bytes that a crash or a full disk left.
    case continued(AuditHead, key: String?, torn: [UInt8])
    /// The last record is whole but for its line break.
    case unterminated(AuditHead, key: String?)

    /// Lines that recoveries which were cut short themselves may have left.
    private static let mostTornLines = 8
    private static let firstWindow = 64 << 10

    /// Reads as much from the end as it takes to find the last whole record.
    static func read(_ file: borrowing LogFile, size: UInt64) throws(AuditError) -> LogTail {
        var window = UInt64(firstWindow)
        while true {
            let start = size > window ? size - window : 0
            let bytes = try file.bytes(from: start, to: size)
            switch find(in: bytes, isWhole: start == 0) {
            case .found(let tail): return tail
            case .needsMore where window < UInt64(2 * RecordFormat.longestLine): window *= 8
            case .needsMore: throw try damage(file, at: start, .tooLong)
            case .damaged(let offset, let problem): throw try damage(file, at: start + UInt64(offset), problem)
            }
        }
    }

    private enum Search {
        case found(LogTail)
        case needsMore
        /// `offset`: where the bad line begins.
        case damaged(offset: Int, AuditProblem)
    }

    private static func find(in bytes: [UInt8], isWhole: Bool) -> Search {
        let lineBreak = UInt8(ascii: "\n")
        guard var end = bytes.lastIndex(of: lineBreak) else {
            guard isWhole else { return .needsMore }
            // A log whose very first record was cut short has lost nothing; anything else is not ours to overwrite.
            return RecordFormat.mayBegin(bytes) ? .found(.empty(torn: bytes.count)) : .damaged(offset: 0, .notARecord)
        }
        let isTorn = end + 1 < bytes.count
        for _ in 0...(isTorn ? mostTornLines : 0) {
            let before = bytes[..<end].lastIndex(of: lineBreak)
            guard before != nil || isWhole else { return .needsMore }
            let start = before.map { $0 + 1 } ?? 0
            switch RecordFormat.header(of: bytes[start..<end]) {
            case .success(let header): return .found(tail(behind: header, bytes[(end + 1)...]))
            case .failure(let problem):
                guard isTorn, let before else { return .damaged(offset: start, problem) }
                end = before
            }
        }
        return .damaged(offset: end + 1, .notARecord)
    }

    private static func tail(behind last: RecordHeader, _ rest: ArraySlice<UInt8>) -> LogTail {
        // The last line may be whole but for its line break: the next record, or the one that marks torn bytes.
        let lineBreak = rest.lastIndex(of: UInt8(ascii: "\n"))
        let line = lineBreak.map { rest[($0 + 1)...] } ?? rest
        if case .success(let header) = RecordFormat.header(of: line),
            header.objection(after: last.head, beginsFile: false) == nil,
            lineBreak.map({ header.proves(rest[..<$0]) }) ?? true
        {
            return .unterminated(header.head, key: header.keyID)
        }
        return .continued(last.head, key: last.keyID, torn: Array(rest))
    }

    private static func damage(
        _ file: borrowing LogFile, at offset: UInt64, _ problem: AuditProblem
    ) throws(AuditError) -> AuditError {
        var line = 1
        var position: UInt64 = 0
        while position < offset {
            let bytes = try file.bytes(from: position, to: min(offset, position + 1 << 20))
            guard !bytes.isEmpty else { break }
            line += bytes.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
            position += UInt64(bytes.count)
        }
        return AuditError(reason: .damaged(line: line, problem), operation: "continue", path: file.path)
    }
}

extension LogFile {
    fileprivate func bytes(from start: UInt64, to end: UInt64) throws(AuditError) -> [UInt8] {
        do throws(Errno) {
            return try read(at: start, count: Int(end - start))
        } catch {
            throw AuditError(reason: .system(error), operation: "read", path: path)
        }
    }
}
