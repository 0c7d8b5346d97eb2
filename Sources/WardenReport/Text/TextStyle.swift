/// How a text report may look: what a terminal can show and a pipe should not.
package struct TextStyle: Hashable, Sendable {
    package enum Color: Hashable, Sendable {
        case none
        /// The eight colours of ECMA-48 (`ESC [ 31 m`), which every terminal maps to its own theme.
        case ansi
    }

    package enum Glyphs: Hashable, Sendable {
        case ascii, unicode
    }

    package var color: Color
    package var glyphs: Glyphs

    package init(color: Color, glyphs: Glyphs) {
        self.color = color
        self.glyphs = glyphs
    }

    /// Returns text in its colour; what it holds must be harmless to a terminal.
    func painted(_ text: String, _ paint: Paint) -> String {
        guard color == .ansi, paint != .none, !text.isEmpty else { return text }
        return "\u{1b}[\(paint.code)m\(text)\u{1b}[0m"
    }

    /// No colour and nothing but ASCII of our own: for pipes, files and mail.
    package static let plain = TextStyle(color: .none, glyphs: .ascii)
    /// For a terminal that shows colours and UTF-8.
    package static let colored = TextStyle(color: .ansi, glyphs: .unicode)
}

/// What a piece of text is, from which a style chooses its look.
enum Paint {
    case none, strong, faint, good, warning, bad, accent

    var code: String {
        switch self {
        case .none: ""
        case .strong: "1"
        case .faint: "2"
        case .good: "1;32"
        case .warning: "1;33"
        case .bad: "1;31"
        case .accent: "36"
        }
    }
}
