internal import WardenModel

/// Why a build failed, as far as what it said tells.
package struct BuildFailure: Hashable, Sendable {
    /// Kinds of failure, each with somebody else to mend it.
    package enum Reason: String, CaseIterable, Sendable, Codable {
        case diskFull = "disk-full"
        case permission, cache, toolchain, dependencies, timeout, network, code, unknown
    }

    /// How many bytes of a line are shown.
    private static let shownLength = 200

    package let reason: Reason
    /// The line that decided, without blanks around it; `nil` where the build said nothing.
    package let line: [UInt8]?
    /// What to do about it.
    package let hint: String

    /// The line, safe on a terminal, cut at some 200 bytes.
    package var shownLine: String? {
        guard let line else { return nil }
        let shown = escapedForDisplay(line.prefix(Self.shownLength))
        return line.count > Self.shownLength ? shown + "…" : shown
    }

    /// Finds the reason in what a build wrote.
    ///
    /// The first row of the table that any line fits decides, and of that row the first line. What tests print goes to
    /// standard output, so rows about Go itself look at standard error alone; where both are one file, `errors` is all.
    ///
    /// - Parameters:
    ///   - errors: Standard error. Bytes that are no UTF-8 fit nothing.
    ///   - output: Standard output.
    package init(errors: [UInt8], output: [UInt8]) {
        let errorLines = Self.lines(errors)
        let outputLines = Self.lines(output)
        for row in Self.table {
            let lines = row.stream == .errors ? errorLines : errorLines + outputLines
            guard let line = lines.first(where: { row.fits(String(decoding: $0, as: UTF8.self)) }) else { continue }
            self.init(row.reason, line, row.hint)
            return
        }
        self.init(.unknown, errorLines.last ?? outputLines.last, Self.unknownHint)
    }

    private init(_ reason: Reason, _ line: ArraySlice<UInt8>?, _ hint: String) {
        self.reason = reason
        self.line = line.map { Self.trimmed($0) }
        self.hint = hint
    }

    private static func lines(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: UInt8(ascii: "\n")).filter { !trimmed($0).isEmpty }
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
        let start = line.drop(while: isBlank)
        return Array(start.prefix(upTo: (start.lastIndex { !isBlank($0) } ?? start.startIndex - 1) + 1))
    }
}
