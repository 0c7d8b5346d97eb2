/// A value with variables in it, as shells and `environment.d(5)` write them.
package struct ValueTemplate: Hashable, Sendable {
    package enum Piece: Hashable, Sendable {
        case text(String)
        /// `$NAME`, `${NAME}`, `${NAME:-otherwise}`, `${NAME:+instead}`.
        case variable(String, otherwise: String?, instead: String?)
        /// What only a shell can know: `$(…)`, `$1`, `${NAME%…}`.
        case computed
    }

    package internal(set) var pieces: [Piece] = []

    /// Whether it is a variable alone and as it is.
    func isVariable(_ name: String) -> Bool { pieces == [.variable(name, otherwise: nil, instead: nil)] }

    mutating func append(_ character: Character) {
        if case .text(let text)? = pieces.last {
            pieces[pieces.count - 1] = .text(text + String(character))
        } else {
            pieces.append(.text(String(character)))
        }
    }

    /// Returns the value; `nil` where a part of it is computed, or depends on what is.
    func resolved(_ value: (String) -> String??) -> String? {
        var result = ""
        for piece in pieces {
            switch piece {
            case .text(let text): result += text
            case .computed: return nil
            case .variable(let name, let otherwise, let instead):
                guard let known = value(name) ?? .some("") else { return nil }
                result += known.isEmpty ? otherwise ?? "" : instead ?? known
            }
        }
        return result
    }
}

/// One line that sets a variable, or takes it away.
package struct Assignment: Hashable, Sendable {
    package let name: String
    /// `nil` for `unset`.
    package let value: ValueTemplate?
    /// From 1.
    package let line: Int
    /// Whether it stands in a condition, a loop or a function of a script.
    package var isConditional = false
    /// Whether commands get to see it: a shell's variable is its own until it is exported.
    package var isExported = true
}

/// Reads words with quotes and variables from the beginning of a text.
struct TemplateScanner {
    private(set) var rest: Substring

    init(_ text: Substring) { rest = text }

    mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" } }

    /// Returns a name (`[A-Za-z_][A-Za-z0-9_]*`), or nothing.
    mutating func name() -> String? {
        guard let first = rest.first, first == "_" || first.isASCII && first.isLetter else { return nil }
        let name = rest.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        rest = rest.dropFirst(name.count)
        return String(name)
    }

    mutating func take(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Reads up to an unquoted character that ends a word.
    ///
    /// - Parameter isEnd: Which characters do.
    mutating func word(endingAt isEnd: (Character) -> Bool) -> ValueTemplate {
        var value = ValueTemplate()
        while let character = rest.first, !isEnd(character) {
            rest = rest.dropFirst()
            switch character {
            case "'":
                while let quoted = rest.first, quoted != "'" {
                    value.append(quoted)
                    rest = rest.dropFirst()
                }
                rest = rest.dropFirst()
            case "\"": readQuoted(into: &value)
            case "\\":
                if let escaped = rest.first { value.append(escaped) }
                rest = rest.dropFirst()
            case "$": value.pieces.append(variable())
            case "`":
                value.pieces.append(.computed)
                rest = rest.drop { $0 != "`" }.dropFirst()
            default: value.append(character)
            }
        }
        return value
    }

    /// Reads the rest as `environment.d(5)` has it: quotes and backslashes first, and in what is left all variables.
    mutating func environmentDValue() -> ValueTemplate {
        var variables = TemplateScanner(plainValue()[...])
        var value = ValueTemplate()
        while let character = variables.rest.first {
            variables.rest = variables.rest.dropFirst()
            if character == "$" { value.pieces.append(variables.variable()) } else { value.append(character) }
        }
        return value
    }

    /// Reads the rest without quotes and backslashes; dollar signs mean nothing.
    mutating func plainValue() -> String {
        var text = rest
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        rest = ""
        var scanner = TemplateScanner(text.replacing("$", with: Self.dollar)[...])
        let plain = scanner.word { _ in false }.resolved { _ in nil } ?? ""
        return plain.replacing(Self.dollar, with: "$")
    }

    /// Stands for a dollar sign that is not looked at yet; no text has it, a C string least of all.
    private static let dollar = "\0"

    private mutating func readQuoted(into value: inout ValueTemplate) {
        while let character = rest.first, character != "\"" {
            rest = rest.dropFirst()
            switch character {
            case "\\":
                if let escaped = rest.first {
                    if !"\"\\$`".contains(escaped) { value.append("\\") }
                    value.append(escaped)
                }
                rest = rest.dropFirst()
            case "$": value.pieces.append(variable())
            case "`":
                value.pieces.append(.computed)
                rest = rest.drop { $0 != "`" }.dropFirst()
            default: value.append(character)
            }
        }
        rest = rest.dropFirst()
    }

    /// Reads what follows a `$`.
    private mutating func variable() -> ValueTemplate.Piece {
        if take("(") {
            var depth = 1
            while depth > 0, let character = rest.first {
                if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
                rest = rest.dropFirst()
            }
            return .computed
        }
        guard take("{") else {
            if let name = name() { return .variable(name, otherwise: nil, instead: nil) }
            // `$1`, `$$`, `$?`; a lonely dollar is one.
            guard let sign = rest.first, sign.isNumber || "$?#!@*-".contains(sign) else { return .text("$") }
            rest = rest.dropFirst()
            return .computed
        }
        let content = rest.prefix { $0 != "}" }
        rest = rest.dropFirst(content.count).dropFirst()
        var scanner = TemplateScanner(content)
        guard let name = scanner.name() else { return .computed }
        let operation = String(scanner.rest)
        if operation.isEmpty { return .variable(name, otherwise: nil, instead: nil) }
        guard operation.hasPrefix(":-") || operation.hasPrefix(":+"), !operation.contains("$") else { return .computed }
        let word = String(operation.dropFirst(2))
        return operation.hasPrefix(":-")
            ? .variable(name, otherwise: word, instead: nil) : .variable(name, otherwise: nil, instead: word)
    }
}
