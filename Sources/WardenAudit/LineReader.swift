internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Reads a log line by line in constant memory.
struct LineReader: ~Copyable {
    struct Line {
        /// Counted from 1.
        let number: Int
        /// Without the line break.
        let bytes: ArraySlice<UInt8>
        /// Whether a line break follows; only the last line may lack it.
        let isTerminated: Bool
        /// Whether the line goes on: it is longer than any record.
        let isTooLong: Bool
    }

    private static let chunk = 256 << 10

    private let path: FilePath
    private var file: FileReader
    private var buffer: ArraySlice<UInt8> = []
    private var isAtEnd = false
    private var number = 0

    init(_ path: FilePath) throws(AuditError) {
        self.path = path
        do throws(FileError) {
            file = try FileReader(path)
        } catch {
            throw AuditError(reason: .file(error), operation: "read", path: path)
        }
    }

    /// Returns the next line, or `nil` at the end.
    mutating func next() throws(AuditError) -> Line? {
        var searched = 0
        while true {
            if let end = buffer.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end]
                buffer = buffer[(end + 1)...]
                return numbered(line, isTerminated: true)
            }
            searched = buffer.count
            if isAtEnd {
                let line = buffer
                buffer = []
                return line.isEmpty ? nil : numbered(line, isTerminated: false)
            }
            if searched > RecordFormat.longestLine {
                isAtEnd = true
                let line = buffer
                buffer = []
                number += 1
                return Line(number: number, bytes: line, isTerminated: false, isTooLong: true)
            }
            try fill()
        }
    }

    private mutating func numbered(_ line: ArraySlice<UInt8>, isTerminated: Bool) -> Line {
        number += 1
        return Line(number: number, bytes: line, isTerminated: isTerminated, isTooLong: false)
    }

    private mutating func fill() throws(AuditError) {
        do throws(Errno) {
            let more = try file.next(Self.chunk)
            isAtEnd = more.isEmpty
            // A fresh array keeps what was handed out valid and gives back the memory of what is done.
            buffer = ArraySlice(Array(buffer) + more)
        } catch {
            throw AuditError(reason: .system(error), operation: "read", path: path)
        }
    }
}
