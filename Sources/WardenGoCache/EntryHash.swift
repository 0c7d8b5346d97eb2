internal import WardenModel

/// A SHA-256 that names an action or an output. Corresponds to `ActionID` and `OutputID` in cmd/go/internal/cache.
package struct EntryHash: Hashable, Comparable, Sendable {
    // Four words take no allocation, unlike an array of bytes: a cache has two hashes an action.
    private let first, second, third, fourth: UInt64

    /// Returns the hash that 64 hexadecimal digits of either case spell, or `nil` for anything else.
    package init?(hexadecimal digits: Span<UInt8>) {
        guard digits.count == EntryClassifier.hashDigits else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for index in 0..<EntryClassifier.hashDigits {
            guard let value = hexadecimalValue(digits[index]) else { return nil }
            words.0 = words.0 << 4 | words.1 >> 60
            words.1 = words.1 << 4 | words.2 >> 60
            words.2 = words.2 << 4 | words.3 >> 60
            words.3 = words.3 << 4 | UInt64(value)
        }
        (first, second, third, fourth) = words
    }

    /// Returns the hash in the name of an action or an output (`<64 hex>-a`, `<64 hex>-d`), or `nil` for other names.
    package init?(entryName name: Span<UInt8>) {
        guard name.count == EntryClassifier.entryNameLength else { return nil }
        self.init(hexadecimal: name.extracting(..<EntryClassifier.hashDigits))
    }

    /// The first 8 bytes.
    package var leading: UInt64 { first }

    package static func < (left: EntryHash, right: EntryHash) -> Bool {
        (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }
}

extension EntryHash: CustomStringConvertible {
    /// Returns 64 lower-case hexadecimal digits.
    package var description: String {
        [first, second, third, fourth].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
