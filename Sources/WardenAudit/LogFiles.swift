internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// The names of a log's files: `audit.jsonl`, and beside it, by what stands behind that name, what a rotation leaves.
enum LogSuffix {
    /// The next file while it is made; then, until it has its own name, the one before.
    static let next = ".next"
    /// Room on the disk for the day on which there is none.
    static let reserve = ".reserve"
    private static let digits = 12

    /// Older files are named for their first record, with so many digits that a shell sorts them.
    static func archive(_ first: UInt64) -> String {
        let number = String(first)
        return "." + String(repeating: "0", count: max(0, digits - number.utf8.count)) + number
    }

    /// Returns an older file's first record, or `nil` for other names.
    static func first(_ suffix: String) -> UInt64? {
        guard suffix.hasPrefix("."), let first = UInt64(suffix.dropFirst()), archive(first) == suffix else {
            return nil
        }
        return first
    }
}

/// Reads the lines of all files of a log, oldest first, in constant memory and without its lock.
///
/// A run may rotate the log meanwhile: what was the log becomes an older file, and the oldest go.
struct LogLines: ~Copyable {
    /// Names move while a run rotates; a log that is rotated faster than this is not to be read.
    private static let tries = 16

    private let log: FilePath
    private var reader: LineReader?
    /// The first record of the file that is read; `nil` for the log itself.
    private var current: UInt64?
    /// The older file that is read; `nil` for the log itself.
    private(set) var file: FilePath?
    /// Whether the last line was the first of its file.
    private(set) var beginsFile = false
    /// How many files were begun.
    private(set) var count = 0
    private var isAtLog = false

    init(_ log: FilePath) throws(AuditError) {
        self.log = log
        try open(behind: nil)
    }

    /// Returns the next line of any file, or `nil` at the end of the log.
    mutating func next() throws(AuditError) -> LineReader.Line? {
        while true {
            if let line = try reader?.next() {
                beginsFile = line.number == 1
                return line
            }
            guard !isAtLog else { return nil }
            try open(behind: current)
        }
    }

    /// Opens the file behind the older one that begins with `first`, or the first of all.
    private mutating func open(behind first: UInt64?) throws(AuditError) {
        for _ in 0..<Self.tries {
            // The log first: if a rotation comes in between, it stands among the older files afterwards.
            let log = try LineReader(self.log)
            let older = try olderFiles().filter { $0.first > first ?? 0 }
            guard let next = older.min(by: { $0.first < $1.first }) else {
                reader = consume log
                (current, file, isAtLog) = (nil, nil, true)
                count += 1
                return
            }
            do throws(AuditError) {
                reader = try LineReader(next.path)
            } catch {
                guard case .file(let cause) = error.reason, cause.isMissing else { throw error }
                continue
            }
            (current, file) = (next.first, next.path)
            count += 1
            return
        }
        throw isBusy
    }

    private func olderFiles() throws(AuditError) -> [(first: UInt64, path: FilePath)] {
        let found = try names()
        var files = found.compactMap { suffix in LogSuffix.first(suffix).map { ($0, path(suffix)) } }
        if found.contains(LogSuffix.next), let first = try former() { files.append((first, path(LogSuffix.next))) }
        return files
    }

    /// Returns the suffixes of the log's files.
    ///
    /// A name that comes while a folder is read may be missing beside a later one (`readdir(3)`); the next look has it.
    private func names() throws(AuditError) -> Set<String> {
        do throws(FileError) {
            var found = try Set(suffixes(of: log))
            for _ in 0..<Self.tries {
                let again = try Set(suffixes(of: log))
                guard again != found else { return found }
                found = again
            }
        } catch {
            throw AuditError(reason: .file(error), operation: "read", path: log)
        }
        throw isBusy
    }

    private var isBusy: AuditError {
        AuditError(reason: .system(.resourceTemporarilyUnavailable), operation: "read", path: log)
    }

    /// Returns the first record of a file that was the log a moment ago, if there is one.
    private func former() throws(AuditError) -> UInt64? {
        do throws(AuditError) {
            var next = try LineReader(path(LogSuffix.next))
            var log = try LineReader(self.log)
            guard let line = try next.next(), let other = try log.next(),
                case .success(let header) = RecordFormat.header(of: line.bytes),
                case .success(let now) = RecordFormat.header(of: other.bytes), header.sequence < now.sequence
            else { return nil }
            return header.sequence
        } catch {
            // It has its own name by now.
            guard case .file(let cause) = error.reason, cause.isMissing else { throw error }
            return nil
        }
    }

    private func path(_ suffix: String) -> FilePath { FilePath(kernelBytes: log.kernelBytes + Array(suffix.utf8)) }
}
