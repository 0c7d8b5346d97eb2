/// The bytes of a path below a cache root, without a leading slash; empty for the root itself.
///
/// Names on disk are bytes: they need not be UTF-8, and Swift strings hold names equal that the kernel holds
/// different (NFC and NFD). So names stay bytes until somebody reads them.
package struct RelativePath: Hashable, Comparable, Sendable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { self.bytes = Array(text.utf8) }

    package static let root = RelativePath(bytes: [])

    package var isRoot: Bool { bytes.isEmpty }
    /// How many names the path has; 0 for the root.
    package var depth: Int { bytes.isEmpty ? 0 : bytes.reduce(1) { $1 == UInt8(ascii: "/") ? $0 + 1 : $0 } }

    package static func < (left: RelativePath, right: RelativePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Returns the path of the directory that holds the last name, and that name.
    package var split: (directory: RelativePath, name: [UInt8]) {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (.root, bytes) }
        return (RelativePath(bytes: Array(bytes[..<slash])), Array(bytes[(slash + 1)...]))
    }
}

extension RelativePath: CustomStringConvertible {
    /// Returns the path for people and logs: control characters, quotes and bytes that are no UTF-8 escaped.
    package var description: String { escapedForDisplay(bytes) }
}

extension RelativePath: Codable {
    private enum CodingKeys: String, CodingKey { case hex }

    /// Writes a string where the bytes are UTF-8, else `{"hex": "…"}`.
    package func encode(to encoder: any Encoder) throws {
        if let text = String(validating: bytes, as: UTF8.self) {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        } else {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(hexadecimal(bytes), forKey: .hex)
        }
    }

    package init(from decoder: any Decoder) throws {
        // What is no string must be the object with the hexadecimal bytes, decoded below.
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.init(text)
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let text = try container.decode(String.self, forKey: .hex)
        guard let bytes = bytesOfHexadecimal(text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .hex, in: container, debugDescription: "an even number of hexadecimal digits was expected")
        }
        self.init(bytes: bytes)
    }
}
