package import SystemPackage

/// A place in a text file, for people: line and column count from 1, the column in characters.
package struct SourceMark: Hashable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One thing that is wrong, or doubtful, in a file that a user wrote.
package struct Diagnostic: Error, Hashable, Sendable {
    package enum Level: String, Hashable, Sendable {
        case error, warning
    }

    package let level: Level
    /// The stable, kebab-case name of the check: `unknown-key`, `mode-not-octal`.
    package let id: String
    package let file: FilePath
    /// Where in the file, or `nil` where the whole file is meant.
    package let mark: SourceMark?
    /// The text of the marked line, without its line break; `nil` without a mark.
    package let sourceLine: String?
    /// What was found and what would be right: one sentence, lower case, no full stop.
    package let message: String
    /// A value or a step that would be good, where one can be named.
    package let suggestion: String?

    package init(
        level: Level = .error, id: String, file: FilePath, mark: SourceMark?, sourceLine: String?, message: String,
        suggestion: String? = nil
    ) {
        self.level = level
        self.id = id
        self.file = file
        self.mark = mark
        self.sourceLine = sourceLine
        self.message = message
        self.suggestion = suggestion
    }
}
