internal import WardenModel

/// A page of text that grows line by line.
///
/// Every piece goes through `harmless(_:)` here, so that nothing a user named can move the cursor or start a line,
/// whichever section it stands in; escape sequences come from the style alone.
struct TextPage {
    /// A piece of a line and what it is.
    struct Piece: ExpressibleByStringInterpolation {
        let text: String
        let paint: Paint

        init(_ text: String, _ paint: Paint) {
            self.text = text
            self.paint = paint
        }

        init(stringLiteral value: String) { self.init(value, .none) }
    }

    let style: TextStyle
    let columns: Int
    private(set) var text = ""

    init(style: TextStyle, columns: Int) {
        self.style = style
        // Narrower pages would break every path; wider ones are hard to read.
        self.columns = min(max(columns, 40), 160)
    }

    mutating func blank() { text += "\n" }

    /// Adds a line as it is, however long: commands and paths must survive being copied.
    mutating func line(_ pieces: Piece...) {
        text += pieces.map(painted).joined() + "\n"
    }

    mutating func heading(_ title: String) {
        blank()
        line(Piece(title, .strong))
    }

    /// Adds text that is broken at blanks and after commas; lines after the first begin below the first one's text.
    mutating func paragraph(_ content: String, lead: Piece = "", paint: Paint = .none) {
        let indent = lead.text.count
        let lines = Self.broken(harmless(content), width: max(columns - indent, 20))
        for (index, part) in lines.enumerated() {
            let margin = index == 0 ? painted(lead) : String(repeating: " ", count: indent)
            text += margin + colored(part, paint) + "\n"
        }
    }

    /// Adds `label  value`, the value wrapped in its own column.
    mutating func field(_ label: String, _ value: String, indent: Int = 2, width: Int = 9, paint: Paint = .none) {
        let lead = String(repeating: " ", count: indent) + padded(label, width) + " "
        paragraph(value, lead: Piece(lead, .faint), paint: paint)
    }

    private func painted(_ piece: Piece) -> String { colored(harmless(piece.text), piece.paint) }

    private func colored(_ text: String, _ paint: Paint) -> String { style.painted(text, paint) }

    /// Returns text in lines of at most `width` characters where blanks and commas allow it.
    private static func broken(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let candidate = line.isEmpty ? String(word) : line + " " + word
            if candidate.count <= width || line.isEmpty && word.count <= width {
                line = candidate
                continue
            }
            if !line.isEmpty, word.count <= width {
                lines.append(line)
                line = String(word)
                continue
            }
            // An ACL is one long word: it breaks after its commas.
            line += line.isEmpty ? "" : " "
            for part in word.split(separator: ",", omittingEmptySubsequences: false).map(String.init).withCommas {
                if line.count + part.count > width, !line.isEmpty {
                    lines.append(line.last == " " ? String(line.dropLast()) : line)
                    line = ""
                }
                line += part
            }
        }
        lines.append(line)
        return lines
    }
}

extension [String] {
    /// Puts the comma that split the parts back behind each but the last.
    fileprivate var withCommas: [String] {
        enumerated().map { index, part in index == count - 1 ? part : part + "," }
    }
}

/// Returns text with everything escaped that could act on a terminal; quotes and backslashes stay.
///
/// Sentences of findings and notes hold paths that are quoted and escaped already: escaping them again would show
/// `\'` for every quotation mark.
func harmless(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
        result += scalar == "'" || scalar == "\\" ? String(scalar) : escapedForDisplay(String(scalar))
    }
}

/// Returns text with blanks behind it up to a width.
func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

/// Returns text with blanks before it up to a width.
func aligned(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
