internal import SystemPackage

extension Diagnostic: CustomStringConvertible {
    /// Returns the diagnostic for people: place, level, message and id; the line and a caret; what would be good.
    ///
    /// Control characters are escaped. Of a long line only the part around the mark is shown.
    package var description: String {
        let place = mark.map { ":\($0.line):\($0.column)" } ?? ""
        var text = "\(escapedForDisplay(file.string))\(place): \(level.rawValue): \(message) [\(id)]"
        if let excerpt { text += "\n\(excerpt)" }
        if let suggestion { text += "\nhelp: \(suggestion)" }
        return text
    }

    /// The marked line and below it a caret, or `nil` where there is none.
    private var excerpt: String? {
        guard let mark, let sourceLine else { return nil }
        let width = 100
        let column = min(max(0, mark.column - 1), sourceLine.count)
        let start = column < width ? 0 : column - width / 2
        let shown = sourceLine.dropFirst(start).prefix(width)
        let before = shown.prefix(column - start)
        let isCut = start + shown.count < sourceLine.count
        // A tab stays one below the line, so that the caret stands right whatever the terminal's tab width.
        let padding = before.map { $0 == "\t" ? "\t" : String(repeating: " ", count: visible($0).columnCount) }
        let lead = start > 0 ? "…" : ""
        let line = shown.map { visible($0) }.joined()
        let caret = String(repeating: " ", count: lead.count) + padding.joined() + "^"
        return "    \(lead)\(line)\(isCut ? "…" : "")\n    \(caret)"
    }

    /// Returns a character as it can stand on a terminal; quotes and backslashes need no escape outside of quotation.
    private func visible(_ character: Character) -> String {
        switch character {
        case "\t", "'", "\\": String(character)
        default: escapedForDisplay(String(character))
        }
    }
}

extension String {
    /// How many columns of a terminal the text takes: two for each wide East Asian character or emoji.
    fileprivate var columnCount: Int {
        reduce(0) { $0 + (($1.unicodeScalars.first.map(isWide) ?? false) ? 2 : 1) }
    }
}

/// Whether a scalar takes two columns; the main blocks of East Asian Width "W" and "F" (Unicode Annex 11).
private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
        0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
        true
    default: false
    }
}
