internal import WardenModel
internal import WardenYAML

/// One key of a mapping: its name, its values, and what the schema says of it.
struct Field<Value>: Sendable {
    let key: String
    let type: ValueType<Value>
    let isRequired: Bool
    let documentation: String
    let defaultValue: JSONValue?
    let example: JSONValue?

    init(
        _ key: String, _ type: ValueType<Value>, required isRequired: Bool = false,
        default defaultValue: JSONValue? = nil,
        example: JSONValue? = nil, _ documentation: String
    ) {
        self.key = key
        self.type = type
        self.isRequired = isRequired
        self.documentation = documentation
        self.defaultValue = defaultValue
        self.example = example
    }

    /// What is the same for fields of all types.
    var description: FieldDescription {
        var members: [(key: String, value: JSONValue)] = [("description", .string(documentation))]
        if case .object(let own) = type.schema { members += own.filter { $0.key != "description" } }
        if let defaultValue { members.append(("default", defaultValue)) }
        if let example { members.append(("examples", [example])) }
        return FieldDescription(key: key, isRequired: isRequired, schema: .object(members))
    }
}

/// A field without the type of its value.
struct FieldDescription: Sendable {
    let key: String
    let isRequired: Bool
    let schema: JSONValue
}

/// A mapping while it is read: its pairs, looked up by field.
struct Record {
    let mark: SourceMark
    private let pairs: [String: Node.Pair]
    private let keys: Set<String>

    init(mark: SourceMark, pairs: [String: Node.Pair], fields: [FieldDescription]) {
        self.mark = mark
        self.pairs = pairs
        keys = Set(fields.map(\.key))
    }

    /// Returns the field's value; `nil` where it is missing or wrong, which is then noted.
    func value<Value>(_ field: Field<Value>, _ reading: inout Reading) -> Value? {
        precondition(keys.contains(field.key), "the record's description lacks '\(field.key)'")
        guard let pair = pairs[field.key] else {
            if field.isRequired {
                let example = field.example.map { "\(field.key): \($0.rendered())" }
                reading.error("missing-key", at: mark, "the key '\(field.key)' is missing here", example)
            }
            return nil
        }
        return field.type.read(pair.value, &reading)
    }

    func has<Value>(_ field: Field<Value>) -> Bool { pairs[field.key] != nil }

    /// Returns where the field's value stands, or the record itself where the field is missing.
    func mark<Value>(of field: Field<Value>) -> SourceMark { pairs[field.key]?.value.mark ?? mark }
}

extension ValueType {
    /// Returns the type of a mapping with exactly these keys.
    ///
    /// `make` asks the record for each field and returns `nil` where the value cannot be made; unknown and missing
    /// keys are noted for it.
    static func record(
        _ fields: [FieldDescription], also extra: [(key: String, value: JSONValue)] = [],
        _ make: @escaping @Sendable (Record, inout Reading) -> Value?
    ) -> ValueType {
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.key) }
        var schema: [(key: String, value: JSONValue)] = [
            ("type", "object"),
            ("additionalProperties", false),
        ]
        if !required.isEmpty { schema.append(("required", .array(required))) }
        schema.append(("properties", .object(fields.map { ($0.key, $0.schema) })))
        return ValueType(schema: .object(schema + extra)) { node, reading in
            guard case .mapping(let pairs) = node.content else {
                if !node.isRefused {
                    let keys = fields.map(\.key).joined(separator: ", ")
                    reading.error(
                        "not-a-mapping", at: node.mark, "wanted a mapping with the keys \(keys); found \(node.found)")
                }
                return nil
            }
            var known: [String: Node.Pair] = [:]
            for pair in pairs {
                if fields.contains(where: { $0.key == pair.key.text }) {
                    known[pair.key.text] = pair
                } else {
                    noteUnknown(pair.key, among: fields.map(\.key), &reading)
                }
            }
            return make(Record(mark: node.mark, pairs: known, fields: fields), &reading)
        }
    }

    /// Returns the type of a list of values of one type; an empty list is noted where `emptyHint` says why.
    static func list<Item>(
        of item: ValueType<Item>, emptyHint: String? = nil
    ) -> ValueType where Value == [Item] {
        var schema: [(key: String, value: JSONValue)] = [("type", "array"), ("items", item.schema)]
        if emptyHint != nil { schema.append(("minItems", 1)) }
        return ValueType(schema: .object(schema)) { node, reading in
            guard case .sequence(let nodes) = node.content else {
                if !node.isRefused {
                    reading.error(
                        "not-a-list", at: node.mark, "wanted a list; found \(node.found)",
                        "begin each item with '- '")
                }
                return nil
            }
            if nodes.isEmpty, let emptyHint {
                reading.error("empty-list", at: node.mark, "the list is empty; \(emptyHint)")
            }
            return nodes.compactMap { item.read($0, &reading) }
        }
    }
}

private func noteUnknown(_ key: Node.Key, among known: [String], _ reading: inout Reading) {
    let message = "unknown key '\(shortened(key.text))'"
    if let nearest = nearestWord(to: key.text, among: known) {
        reading.error("unknown-key", at: key.mark, "\(message); the nearest known key is '\(nearest)'", nearest)
    } else {
        reading.error("unknown-key", at: key.mark, "\(message); known here: \(known.joined(separator: ", "))")
    }
}

/// Returns the word with the least edit distance where that is a likely slip, or `nil`.
///
/// `_` and capitals count nothing: `max_size` and `maxSize` are near `max-size`.
package func nearestWord(to text: String, among words: [String]) -> String? {
    guard text.count <= 40 else { return nil }
    func folded(_ word: String) -> [Character] { word.lowercased().filter { $0 != "-" && $0 != "_" }.map { $0 } }
    let wanted = folded(text)
    let ranked = words.map { (word: $0, distance: editDistance(wanted, folded($0))) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.word.count / 3) ? best.word : nil
}

/// Returns the number of insertions, deletions, replacements and swaps of neighbours between two words.
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var least = min(current[column] + 1, last[column + 1] + 1, last[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                least = min(least, beforeLast[column - 1] + 1)
            }
            current.append(least)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
