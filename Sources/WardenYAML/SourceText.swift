package import SystemPackage
package import WardenModel

/// The lines of a file that was read, for diagnostics that point into it.
package struct SourceText: Sendable {
    private struct Line: Sendable {
        let text: String
        let isASCII: Bool
    }

    /// Longer lines are no file for people; counting their characters for every node would take quadratic time.
    private static let longestCountedLine = 4096

    package let file: FilePath
    private let lines: [Line]

    /// Splits `text` at line feeds; a carriage return before one belongs to the line break.
    init(file: FilePath, text: String) {
        self.file = file
        lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { bytes in
            let line = bytes.last == 13 ? bytes.dropLast() : bytes
            return Line(text: String(Substring(line)), isASCII: line.allSatisfy { $0 < 0x80 })
        }
    }

    /// Returns the place for people of a line and a count of Unicode scalars before it, both from 0.
    func mark(line: Int, scalars: Int) -> SourceMark {
        guard line < lines.count, !lines[line].isASCII, scalars <= SourceText.longestCountedLine else {
            return SourceMark(line: line + 1, column: scalars + 1)
        }
        let before = lines[line].text.unicodeScalars.prefix(scalars)
        return SourceMark(line: line + 1, column: Substring(before).count + 1)
    }

    /// Returns a diagnostic with the line that it points to.
    package func diagnostic(
        _ id: String, at mark: SourceMark?, _ message: String, suggestion: String? = nil,
        level: Diagnostic.Level = .error
    ) -> Diagnostic {
        Diagnostic(
            level: level, id: id, file: file, mark: mark, sourceLine: mark.flatMap { line($0.line) },
            message: message, suggestion: suggestion)
    }

    /// Returns the text of a line counted from 1, or `nil` where the file has no such line.
    package func line(_ number: Int) -> String? {
        lines.indices.contains(number - 1) ? lines[number - 1].text : nil
    }
}
