internal import WardenModel
internal import WardenYAML

/// How one kind of value is read from YAML and described in JSON Schema: the two can only change together.
struct ValueType<Value>: Sendable {
    let schema: JSONValue
    /// Returns the value, or `nil` after noting at least one error.
    let read: @Sendable (Node, inout Reading) -> Value?
}

/// What was noted while a file's nodes became values.
struct Reading {
    private static let mostDiagnostics = 200

    let source: SourceText
    private(set) var diagnostics: [Diagnostic] = []

    init(source: SourceText) { self.source = source }

    var errorCount: Int { diagnostics.count { $0.level == .error } }

    /// Notes what cannot be read.
    mutating func error(_ id: String, at mark: SourceMark, _ message: String, _ suggestion: String? = nil) {
        append(source.diagnostic(id, at: mark, message, suggestion: suggestion))
    }

    /// Notes what can be read and is wrong or doubtful; the reference says which.
    mutating func report(_ id: LintID, at mark: SourceMark, _ message: String, _ suggestion: String? = nil) {
        append(
            source.diagnostic(
                id.rawValue, at: mark, message, suggestion: suggestion, level: LintReference.of(id).level))
    }

    /// Notes the same at a place whose line may hold a secret: the line is left out.
    mutating func reportSecret(_ id: LintID, at mark: SourceMark, _ message: String, _ suggestion: String) {
        append(
            Diagnostic(
                level: LintReference.of(id).level, id: id.rawValue, file: source.file, mark: mark, sourceLine: nil,
                message: message, suggestion: suggestion))
    }

    private mutating func append(_ diagnostic: Diagnostic) {
        guard diagnostics.count < Reading.mostDiagnostics else { return }
        diagnostics.append(diagnostic)
    }
}

extension Node {
    /// What stands here, for messages: `a list`, `the text 'x'`, `nothing`.
    var found: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .refused: "a refused value"
        case .scalar(let scalar) where scalar.isPlain && PlainScalar(scalar.text) == .null: "nothing"
        case .scalar(let scalar): "'\(shortened(scalar.text))'"
        }
    }

    /// Whether it was refused already, so that one mistake makes one message.
    var isRefused: Bool {
        if case .refused = content { true } else { false }
    }
}

/// Returns text that fits into a message, escaped.
func shortened(_ text: String) -> String {
    let limit = 60
    guard text.count > limit else { return escapedForDisplay(text) }
    return escapedForDisplay(String(text.prefix(limit))) + "…"
}

/// What YAML tools take a scalar without quotes for.
enum PlainScalar: Equatable {
    case null, boolean, number, text

    init(_ text: String) {
        switch text.lowercased() {
        case "", "~", "null": self = .null
        case "true", "false", "yes", "no", "on", "off", "y", "n": self = .boolean
        case ".inf", "-.inf", "+.inf", ".nan": self = .number
        default: self = PlainScalar.looksLikeNumber(text) ? .number : .text
        }
    }

    /// YAML 1.1 and 1.2 together: `0o17`, `0x1f`, `1_000`, `1:30`, `1e9`, `.5`.
    private static func looksLikeNumber(_ text: String) -> Bool {
        let body = text.drop { $0 == "+" || $0 == "-" }
        guard let first = body.utf8.first(where: { $0 != UInt8(ascii: ".") }), (0x30...0x39).contains(first) else {
            return false
        }
        if body.hasPrefix("0x") || body.hasPrefix("0o") || body.hasPrefix("0b") {
            return body.dropFirst(2).utf8.allSatisfy { hexadecimalValue($0) != nil || $0 == UInt8(ascii: "_") }
        }
        return body.utf8.allSatisfy { (0x30...0x39).contains($0) || Array("._:eE+-".utf8).contains($0) }
            && body.utf8.count { $0 == UInt8(ascii: "-") } < 2
    }
}
