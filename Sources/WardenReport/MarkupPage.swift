/// An XML or HTML document that is written from top to bottom.
struct MarkupPage {
    static let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    static let html = "<!DOCTYPE html>"

    private(set) var text: String
    private var depth = 0

    /// - Parameter prolog: The first line.
    init(_ prolog: String) { text = prolog + "\n" }

    mutating func open(_ name: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(Self.list(attributes))>")
        depth += 1
    }

    mutating func close(_ name: String) {
        depth -= 1
        line("</\(name)>")
    }

    mutating func empty(_ name: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(Self.list(attributes))/>")
    }

    mutating func element(_ name: String, _ content: String, _ attributes: [(String, String)] = []) {
        line("<\(name)\(Self.list(attributes))>\(Self.escaped(content))</\(name)>")
    }

    /// Writes an element around others.
    mutating func wrap(_ name: String, _ attributes: [(String, String)] = [], _ body: (inout MarkupPage) -> Void) {
        open(name, attributes)
        body(&self)
        close(name)
    }

    /// Writes lines that are markup already.
    mutating func verbatim(_ lines: String) { text += lines }

    private mutating func line(_ line: String) { text += String(repeating: "  ", count: depth) + line + "\n" }

    private static func list(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
    }

    /// Returns text as content or as an attribute's value. Characters that XML 1.0 has no way to write, and which only a
    /// hostile name holds, become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\u{0}"..<"\u{20}", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
