internal import WardenModel

/// What one policy sets in a file.
struct DeliveredSection: Hashable {
    let policy: String
    var variables: [DeliveredValue]
}

/// A file that delivers variables, taken apart: the agent's own lines, by policy, and others' around them.
///
/// A `go.env` belongs to its toolchain: there the agent's lines stand between two marks. All other files are the agent's
/// as a whole, and say so in their first line.
struct DeliveredText {
    enum Failure: Error {
        /// The file is somebody else's.
        case foreign
        /// A mark is missing, or there are several.
        case damagedBlock
        /// Bytes that are not UTF-8.
        case notText
    }

    private static let title =
        "# Kept by cachewarden: what is changed here comes back, and what its policies drop goes."
    private static let begin = "# BEGIN cachewarden: what is changed in this block comes back."
    private static let end = "# END cachewarden"
    private static let policyMark = "# policy "

    let form: DeliveryForm
    let sections: [DeliveredSection]
    /// Whether the agent has left anything in it; only then may its text be another.
    private let hasOwnLines: Bool
    private let original: [UInt8]?
    /// Others' lines before and after the agent's.
    private let before: [Substring]
    private let after: [Substring]

    /// Takes a file apart.
    init(_ content: [UInt8], form: DeliveryForm) throws(Failure) {
        guard let text = String(validating: content, as: UTF8.self) else { throw .notText }
        self.form = form
        original = content
        // Byte by byte: to Swift a line break and the carriage return before it are one character.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
        if lines.last == "" { lines.removeLast() }
        guard form == .goEnvironment else {
            guard lines.isEmpty || lines.first == Self.title[...] else { throw .foreign }
            (before, after, hasOwnLines) = ([], [], true)
            sections = Self.sections(lines[...], form)
            return
        }
        // A newer agent may word the first mark otherwise.
        let begins = lines.indices.filter { lines[$0].hasPrefix("# BEGIN cachewarden") }
        let ends = lines.indices.filter { lines[$0].hasPrefix(Self.end) }
        guard begins.count == ends.count, begins.count <= 1 else { throw .damagedBlock }
        guard let begin = begins.first, let end = ends.first else {
            (before, after, sections, hasOwnLines) = (lines, [], [], false)
            return
        }
        guard begin < end else { throw .damagedBlock }
        hasOwnLines = true
        before = Array(lines[..<begin])
        after = Array(lines[(end + 1)...])
        sections = Self.sections(lines[begin...end], form)
    }

    /// A file that is not there.
    init(missing form: DeliveryForm) {
        self.form = form
        (sections, before, after, hasOwnLines, original) = ([], [], [], false, nil)
    }

    private static func sections(_ lines: ArraySlice<Substring>, _ form: DeliveryForm) -> [DeliveredSection] {
        let syntax = DeliverySyntax(form: form)
        var sections: [DeliveredSection] = []
        for line in lines {
            if line.hasPrefix(policyMark) {
                sections.append(DeliveredSection(policy: String(line.dropFirst(policyMark.count)), variables: []))
            } else if !sections.isEmpty, let variable = syntax.variable(in: line) {
                sections[sections.count - 1].variables.append(variable)
            }
        }
        return sections
    }

    /// Returns the file with these sections in place of its own; `nil` where nothing is left of it.
    func content(with sections: [DeliveredSection]) -> [UInt8]? {
        guard hasOwnLines || !sections.isEmpty else { return original }
        let syntax = DeliverySyntax(form: form)
        let own = sections.flatMap { [Self.policyMark + $0.policy] + $0.variables.map(syntax.line) }
        let lines: [String]
        if form == .goEnvironment {
            let block = own.isEmpty ? [] : [Self.begin] + own + [Self.end]
            // Of two lines for one variable the later counts (`EnvironmentFile`).
            let names = Set(sections.flatMap(\.variables).map { $0.name + "=" })
            let isOutdone = after.contains { line in names.contains { line.hasPrefix($0) } }
            let (head, tail) = (before.map(String.init), after.map(String.init))
            lines = isOutdone ? head + tail + block : head + block + tail
        } else {
            lines = own.isEmpty ? [] : [Self.title] + (form == .systemManager ? ["[Manager]"] : []) + own
        }
        return lines.isEmpty ? nil : Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}
