internal import WardenModel

/// Builds the node tree from events and refuses what policies have no use for.
///
/// Aliases are never followed, so time and memory grow with the file's size alone.
struct TreeBuilder: ~Copyable {
    /// Parsing ends here; the diagnostic is already noted.
    private struct Stop: Error {}

    static let deepestNesting = 32
    static let mostNodes = 20_000
    static let mostDiagnostics = 100

    private var reader: EventReader
    private let source: SourceText
    private(set) var diagnostics: [Diagnostic] = []
    private var count = 0

    init(reader: consuming EventReader, source: SourceText) {
        self.reader = reader
        self.source = source
    }

    /// Returns the only document's root, or `nil` after a diagnostic.
    mutating func document() -> Node? {
        do throws(Stop) {
            _ = try next()
            let start = try next()
            guard case .documentStart(let hasDirectives) = start.content else {
                return refuse("empty-file", at: start.mark, "the file holds no value")
            }
            if hasDirectives {
                note("yaml-directive", at: start.mark, "a '%' directive", "remove it: nothing here needs one")
            }
            let root = try node(try next(), depth: 1)
            _ = try next()
            let end = try next()
            if case .streamEnd = end.content { return root }
            note(
                "second-document", at: end.mark, "a second document; a file holds one", "put it into a file of its own")
            return root
        } catch {
            return nil
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(Stop) -> Node {
        count += 1
        guard count <= TreeBuilder.mostNodes else {
            throw stop("too-many-nodes", at: event.mark, "the file has more than \(TreeBuilder.mostNodes) values")
        }
        guard depth <= TreeBuilder.deepestNesting else {
            throw stop(
                "nested-too-deep", at: event.mark, "values are nested more than \(TreeBuilder.deepestNesting) deep")
        }
        refuseProperties(of: event)
        switch event.content {
        case .scalar(let scalar):
            refuseControls(in: scalar, at: event.mark)
            return made(.scalar(scalar), event)
        case .sequenceStart: return made(.sequence(try items(depth: depth)), event)
        case .mappingStart: return made(.mapping(try pairs(depth: depth)), event)
        case .alias:
            note("alias", at: event.mark, "an alias ('*'); nothing may be repeated by reference", "write the value out")
            return made(.refused, event)
        default: throw stop("yaml-syntax", at: event.mark, "a value is missing here")
        }
    }

    private func made(_ content: Node.Content, _ event: Event) -> Node {
        Node(mark: source.mark(line: event.mark.line, scalars: event.mark.scalars), content: content)
    }

    private mutating func items(depth: Int) throws(Stop) -> [Node] {
        var items: [Node] = []
        while true {
            let event = try next()
            if case .sequenceEnd = event.content { return items }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func pairs(depth: Int) throws(Stop) -> [Node.Pair] {
        var pairs: [Node.Pair] = []
        var seen: [String: SourceMark] = [:]
        while true {
            let event = try next()
            if case .mappingEnd = event.content { return pairs }
            let key = try node(event, depth: depth + 1)
            let value = try node(try next(), depth: depth + 1)
            guard let text = key.scalar else {
                if case .refused = key.content { continue }
                note("key-not-text", at: event.mark, "a key that is a list or a mapping; keys are words")
                continue
            }
            if text.text == "<<", text.isPlain {
                note(
                    "merge-key", at: event.mark, "a merge key ('<<'); nothing may be repeated by reference",
                    "write the keys out")
            } else if let first = seen[text.text] {
                note(
                    "duplicate-key", at: event.mark,
                    "the key '\(escapedForDisplay(text.text))' stands here a second time; it is already in line "
                        + "\(first.line)", "keep one of them")
            } else {
                seen[text.text] = key.mark
                pairs.append(Node.Pair(key: Node.Key(text: text.text, mark: key.mark), value: value))
            }
        }
    }

    private mutating func refuseProperties(of event: Event) {
        if event.hasAnchor {
            note("anchor", at: event.mark, "an anchor ('&'); nothing may be repeated by reference", "remove it")
        }
        if let tag = event.tag {
            note("tag", at: event.mark, "the tag '\(escapedForDisplay(tag))'; values carry no tags", "remove it")
        }
    }

    /// Escapes such as `"\0"` bring back what the file's own text may not hold.
    private mutating func refuseControls(in scalar: Node.Scalar, at mark: RawMark) {
        guard scalar.text.unicodeScalars.contains(where: { $0 != "\n" && isInvisible($0) }) else { return }
        note("control-character", at: mark, "the text '\(escapedForDisplay(scalar.text))' holds a control character")
    }

    private mutating func next() throws(Stop) -> Event {
        do throws(SyntaxError) {
            return try reader.next()
        } catch {
            let mark = source.mark(line: error.contextMark.line, scalars: error.contextMark.scalars)
            let context = error.context.map { " \($0) (from line \(mark.line), column \(mark.column))" } ?? ""
            throw stop("yaml-syntax", at: error.mark, "this is no valid YAML: \(error.problem)\(context)")
        }
    }

    private mutating func note(_ id: String, at mark: RawMark, _ message: String, _ suggestion: String? = nil) {
        guard diagnostics.count < TreeBuilder.mostDiagnostics else { return }
        let place = source.mark(line: mark.line, scalars: mark.scalars)
        diagnostics.append(source.diagnostic(id, at: place, message, suggestion: suggestion))
    }

    private mutating func stop(_ id: String, at mark: RawMark, _ message: String) -> Stop {
        // The last word counts even where the list is full: it says why the rest is missing.
        if diagnostics.count == TreeBuilder.mostDiagnostics { diagnostics.removeLast() }
        note(id, at: mark, message)
        return Stop()
    }

    private mutating func refuse(_ id: String, at mark: RawMark, _ message: String) -> Node? {
        note(id, at: mark, message)
        return nil
    }
}
