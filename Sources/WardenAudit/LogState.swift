internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Everything about a log that is being written that moves; behind `AuditLog`'s lock.
struct LogState: ~Copyable {
    /// A line that is in the file, and not known to be on the disk.
    struct Pending {
        let bytes: [UInt8]
        let head: AuditHead
        let event: AuditEventKind
        let mayStandElsewhere: Bool
    }

    /// Records that stand in the journal alone, since the last that stands in the file.
    struct Elsewhere {
        let first: UInt64
        /// The hash of the last record in the file.
        let behind: String
    }

    /// The file that is about to take the log's place.
    struct Next: ~Copyable {
        var file: LogFile
        let start: LogStart
        let head: AuditHead
        let size: UInt64
    }

    let directory: LogDirectory
    var file: LogFile
    /// Up to the last whole record.
    var size: UInt64
    /// The last record, wherever it stands.
    var head = AuditHead.none
    /// What is on the disk for certain: how long the file is, and its last record.
    var durable: (size: UInt64, head: AuditHead)
    var pending: [Pending] = []
    /// The file's first record; `nil` for a file that has none yet.
    var start: LogStart?
    /// Set once writing on could hide that something is lost.
    var failure: Errno?
    var hasReserve = false
    /// Whether this run gave it up.
    var usedReserve = false
    /// Why there is no reserve.
    var reserveProblem: String?
    var next: Next?
    /// Why no new file can be begun.
    var rotationProblem: String?
    var elsewhere: Elsewhere?
    /// How many records this run wrote elsewhere.
    var elsewhereCount = 0

    init(directory: consuming LogDirectory, file: consuming LogFile, size: UInt64, start: LogStart?) {
        self.directory = directory
        self.file = file
        self.size = size
        self.start = start
        durable = (size, .none)
    }

    /// Takes over what a written line has changed.
    mutating func wrote(_ count: Int, _ pending: Pending) {
        size += UInt64(count)
        head = pending.head
        self.pending.append(pending)
    }

    /// Goes on in the next file, all of which is on the disk.
    mutating func takeOver(_ next: consuming Next) {
        (size, head, start) = (next.size, next.head, next.start)
        file = next.file
        isDurable()
    }

    mutating func isDurable() {
        durable = (size, head)
        pending = []
    }

    func notes(_ path: FilePath, _ options: AuditOptions) -> [String] {
        var notes: [String] = []
        if usedReserve {
            notes.append("the disk of the audit log was full: its reserve of \(options.reserve) was used")
        }
        if let reserveProblem, options.reserve > .zero {
            notes.append("the audit log has no reserve for a full disk: \(reserveProblem)")
        }
        if let rotationProblem { notes.append("the audit log is not rotated: \(rotationProblem)") }
        if elsewhereCount > 0 {
            notes.append(
                "the disk of the audit log was full: \(elsewhereCount) "
                    + (elsewhereCount == 1 ? "record stands" : "records stand") + " in systemd's journal alone"
                    + (elsewhere == nil ? "" : ", and the log does not say so yet"))
        }
        return notes
    }
}

/// What the first record of a file says of the files around it.
struct LogStart: Hashable, Sendable {
    let first: UInt64
    /// The first record of the oldest file that is to stay.
    let oldest: UInt64

    /// First records are written by the log itself and are short; whatever is longer is none.
    private static let longest = 64 << 10

    /// Returns what a file begins with, or `nil` where there is no whole record.
    static func read(_ file: borrowing LogFile) throws(AuditError) -> LogStart? {
        let path = file.path
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try file.read(at: 0, count: longest)
        } catch {
            throw AuditError(reason: .system(error), operation: "read", path: path)
        }
        guard let header = header(in: bytes)?.header else { return nil }
        return LogStart(first: header.sequence, oldest: header.oldest ?? 1)
    }

    /// Returns the first record of a file that begins with these bytes, and whether it is all that they hold.
    static func header(in bytes: [UInt8]) -> (header: RecordHeader, isAlone: Bool)? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            case .success(let header) = RecordFormat.header(of: bytes[..<end]), header.kind == .logStarted
        else { return nil }
        return (header, end == bytes.count - 1)
    }
}
