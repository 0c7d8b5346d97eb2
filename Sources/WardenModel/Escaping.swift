/// Returns bytes as text that is safe on a terminal, in a log line and between single quotes.
///
/// Printable characters stay as they are; quotes, backslashes, control characters (C0, DEL, C1), bidirectional
/// controls and bytes that are not UTF-8 become `\n`, `\x1b` or `\u{202e}`, so that no name can move the cursor,
/// end a quotation or hide its own end.
package func escapedForDisplay(_ bytes: ArraySlice<UInt8>) -> String {
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != 0x27 && $0 != 0x5c }) {
        return String(decoding: bytes, as: UTF8.self)
    }
    var result = ""
    var rest = bytes
    while let first = rest.first {
        // A fresh decoder for each scalar: only so is it known how many bytes a scalar took.
        var decoder = UTF8()
        var iterator = rest.makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&iterator) {
            result += escaped(scalar)
            rest = rest.dropFirst(UTF8.width(scalar))
        } else {
            result += "\\x" + hexadecimal([first])
            rest = rest.dropFirst()
        }
    }
    return result
}

// Not one for every kind of collection alone: what is generic is called through a table from other modules.

/// Returns bytes as `escapedForDisplay(_:)` of a slice does.
package func escapedForDisplay(_ bytes: [UInt8]) -> String { escapedForDisplay(bytes[...]) }

/// Returns bytes as `escapedForDisplay(_:)` of a slice does.
package func escapedForDisplay(_ bytes: some Collection<UInt8>) -> String { escapedForDisplay(Array(bytes)[...]) }

/// Returns text as `escapedForDisplay(_:)` of its UTF-8 does.
package func escapedForDisplay(_ text: String) -> String { escapedForDisplay(Array(text.utf8)) }

private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    case "'": "\\'"
    case "\\": "\\\\"
    default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
            scalar.value < 0x80
                ? "\\x" + hexadecimal([UInt8(scalar.value)]) : "\\u{\(String(scalar.value, radix: 16))}"
        default: String(Character(scalar))
        }
    }
}

/// Returns two lower-case hexadecimal digits a byte.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// Returns the bytes that hexadecimal digits spell, or `nil` for anything else.
package func bytesOfHexadecimal(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = hexadecimalValue(digits[index]), let low = hexadecimalValue(digits[index + 1]) else {
            return nil
        }
        bytes.append(high << 4 | low)
    }
    return bytes
}

/// Returns the value of one hexadecimal digit, of either case, or `nil`.
package func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
