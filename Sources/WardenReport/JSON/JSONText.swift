internal import FoundationEssentials

/// JSON as everything here writes it: sorted keys, so that equal values are equal bytes, and slashes as they are.
package enum JSONText {
    package enum Layout: Sendable {
        /// One line.
        case compact
        case indented
    }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package static func encode(_ value: any Encodable, layout: Layout = .indented) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if layout == .indented { encoder.outputFormatting.insert(.prettyPrinted) }
        return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
    }
}
