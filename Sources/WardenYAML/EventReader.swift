internal import CYAML

/// A place as libyaml counts: lines and Unicode scalars from 0.
struct RawMark {
    let line: Int
    let scalars: Int
}

/// One libyaml event as a value that outlives the parser.
struct Event {
    enum Content {
        case streamStart, streamEnd
        case documentStart(hasDirectives: Bool)
        case documentEnd
        case alias
        case scalar(Node.Scalar)
        case sequenceStart, sequenceEnd
        case mappingStart, mappingEnd
        case unknown
    }

    let content: Content
    let mark: RawMark
    var hasAnchor = false
    var tag: String?
}

/// What libyaml says of a text that is no YAML.
struct SyntaxError: Error {
    let problem: String
    let mark: RawMark
    let context: String?
    let contextMark: RawMark
}

/// Reads a text event by event with libyaml.
///
/// libyaml keeps a pointer to its input, and pointers into the parser itself: both live at fixed heap addresses that
/// this value owns.
@safe
struct EventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    private init(_ parser: UnsafeMutablePointer<yaml_parser_t>, _ input: UnsafeMutableBufferPointer<UInt8>) {
        unsafe self.parser = unsafe parser
        unsafe self.input = unsafe input
    }

    /// Returns a reader of UTF-8, or `nil` where memory is short.
    static func make(_ text: String) -> EventReader? {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            return nil
        }
        let bytes = Array(text.utf8)
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
        _ = unsafe input.initialize(from: bytes)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        return unsafe EventReader(parser, input)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// Returns the next event. Corresponds to `yaml_parser_parse()`.
    mutating func next() throws(SyntaxError) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe value(of: event)
    }

    private func syntaxError() -> SyntaxError {
        let problem = unsafe parser.pointee.problem
        let context = unsafe parser.pointee.context
        return SyntaxError(
            problem: unsafe problem.map { unsafe String(cString: $0) } ?? "memory is short",
            mark: unsafe rawMark(parser.pointee.problem_mark),
            context: unsafe context.map { unsafe String(cString: $0) },
            contextMark: unsafe rawMark(parser.pointee.context_mark))
    }
}

private func rawMark(_ mark: yaml_mark_t) -> RawMark { RawMark(line: Int(mark.line), scalars: Int(mark.column)) }

@unsafe
private func value(of event: yaml_event_t) -> Event {
    let mark = unsafe rawMark(event.start_mark)
    switch unsafe event.type {
    case YAML_STREAM_START_EVENT: return Event(content: .streamStart, mark: mark)
    case YAML_STREAM_END_EVENT: return Event(content: .streamEnd, mark: mark)
    case YAML_DOCUMENT_START_EVENT:
        let start = unsafe event.data.document_start
        let hasTags = unsafe start.tag_directives.start != start.tag_directives.end
        let hasDirectives = unsafe start.version_directive != nil || hasTags
        return Event(content: .documentStart(hasDirectives: hasDirectives), mark: mark)
    case YAML_DOCUMENT_END_EVENT: return Event(content: .documentEnd, mark: mark)
    case YAML_ALIAS_EVENT: return Event(content: .alias, mark: mark)
    case YAML_SCALAR_EVENT:
        let scalar = unsafe event.data.scalar
        let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        let text = unsafe String(decoding: bytes, as: UTF8.self)
        let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
        return unsafe Event(
            content: .scalar(Node.Scalar(text: text, isPlain: isPlain)), mark: mark,
            hasAnchor: scalar.anchor != nil, tag: tagText(scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
        let start = unsafe event.data.sequence_start
        return unsafe Event(
            content: .sequenceStart, mark: mark, hasAnchor: start.anchor != nil, tag: tagText(start.tag))
    case YAML_SEQUENCE_END_EVENT: return Event(content: .sequenceEnd, mark: mark)
    case YAML_MAPPING_START_EVENT:
        let start = unsafe event.data.mapping_start
        return unsafe Event(
            content: .mappingStart, mark: mark, hasAnchor: start.anchor != nil, tag: tagText(start.tag))
    case YAML_MAPPING_END_EVENT: return Event(content: .mappingEnd, mark: mark)
    default: return Event(content: .unknown, mark: mark)
    }
}

@unsafe
private func tagText(_ tag: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    guard let tag = unsafe tag else { return nil }
    return unsafe String(cString: tag)
}
