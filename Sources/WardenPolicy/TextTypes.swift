internal import WardenModel
internal import WardenYAML

extension ValueType where Value == String {
    /// Returns the type of a text that other YAML tools read as text too.
    static func text(_ what: String, pattern: String? = nil, longest: Int = 1000) -> ValueType {
        var schema: [(key: String, value: JSONValue)] = [("type", "string"), ("minLength", 1)]
        if let pattern { schema.append(("pattern", .string(pattern))) }
        return ValueType(schema: .object(schema)) { node, reading in
            plainText(node, what, &reading, longest: longest)
        }
    }

    /// Returns the type of a user's or group's name as the host's name service knows it.
    static func account(_ what: String) -> ValueType {
        ValueType(schema: ["type": "string", "pattern": "^[^:,/\\s-][^:,/\\s]*$", "maxLength": 256]) { node, reading in
            guard let text = plainText(node, what, &reading, longest: 256) else { return nil }
            let isWrong = text.hasPrefix("-") || text.contains { ":,/".contains($0) || $0.isWhitespace }
            guard !isWrong else {
                reading.error(
                    "bad-name", at: node.mark,
                    "\(what) is one name without blanks, ':', ',' or '/'; found \(node.found)")
                return nil
            }
            return text
        }
    }

    /// Returns the type of a name that stands in reports and file names.
    static func label(_ what: String) -> ValueType {
        ValueType(schema: ["type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"]) { node, reading in
            guard let text = plainText(node, what, &reading) else { return nil }
            guard isLabel(text) else {
                reading.error(
                    "bad-name", at: node.mark,
                    "\(what) is at most 63 letters, digits, '.', '_' or '-', a letter or digit first; "
                        + "found \(node.found)")
                return nil
            }
            return text
        }
    }
}

func isLabel(_ text: String) -> Bool {
    let letters = text.utf8.allSatisfy { isAlphanumeric($0) || Array("._-".utf8).contains($0) }
    return letters && text.utf8.count <= 63 && text.utf8.first.map(isAlphanumeric) == true
}

func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (0x41...0x5a).contains(byte & 0xdf) }

func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

/// Returns a scalar's text; notes and returns `nil` for anything that other YAML tools would not read as text.
func plainText(_ node: Node, _ what: String, _ reading: inout Reading, longest: Int = 1000) -> String? {
    guard let scalar = node.scalar else {
        if !node.isRefused { reading.error("not-text", at: node.mark, "\(what) is one text; found \(node.found)") }
        return nil
    }
    if scalar.isPlain {
        switch PlainScalar(scalar.text) {
        case .text: break
        case .null:
            reading.error("not-text", at: node.mark, "\(what) is missing here; found nothing")
            return nil
        case .boolean, .number:
            reading.error(
                "not-text", at: node.mark,
                "\(what) is a text, and YAML tools read \(node.found) as a number or a boolean",
                JSONValue.quoted(scalar.text))
            return nil
        }
    }
    guard !scalar.text.isEmpty, scalar.text.utf8.count <= longest else {
        let found = scalar.text.isEmpty ? "an empty one" : "\(scalar.text.utf8.count) bytes"
        reading.error("not-text", at: node.mark, "\(what) is a text of 1 to \(longest) bytes; found \(found)")
        return nil
    }
    return scalar.text
}

extension ValueType where Value == Bool {
    /// Returns the type of `true` and `false`, and nothing else that YAML knows for them.
    static var boolean: ValueType {
        ValueType(schema: ["type": "boolean"]) { node, reading in
            if let scalar = node.scalar, scalar.isPlain, scalar.text == "true" || scalar.text == "false" {
                return scalar.text == "true"
            }
            let isYes = ["yes", "y", "on", "true", "1"].contains(node.scalar?.text.lowercased() ?? "")
            if !node.isRefused {
                reading.error(
                    "not-a-boolean", at: node.mark, "wanted true or false without quotes; found \(node.found)",
                    isYes ? "true" : "false")
            }
            return nil
        }
    }
}

extension ValueType {
    /// Returns the type of one word out of a closed list.
    static func word(_ words: [(String, Value)]) -> ValueType where Value: Sendable {
        ValueType(schema: ["enum": .array(words.map { .string($0.0) })]) { node, reading in
            if let text = node.scalar?.text, let found = words.first(where: { $0.0 == text }) { return found.1 }
            guard !node.isRefused else { return nil }
            let known = words.map { $0.0 }
            let choice = known.count == 1 ? "'\(known[0])'" : known.map { "'\($0)'" }.joined(separator: " or ")
            reading.error(
                "unknown-value", at: node.mark, "wanted \(choice); found \(node.found)",
                known.count == 1 ? known[0] : node.scalar.flatMap { nearestWord(to: $0.text, among: known) })
            return nil
        }
    }

    /// Returns the type of an enumeration whose raw values are its spelling.
    static func word(
        _ cases: Value.Type
    ) -> ValueType where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
        word(Value.allCases.map { ($0.rawValue, $0) })
    }
}
