package import WardenModel

/// What an action file says: which output answered the action, how large it is and when it was made.
///
/// The file is one line, `v1 <64 hex action> <64 hex output> <size, 20 columns> <unix nanoseconds, 20 columns>\n`, and is
/// read here as `DiskCache.get` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cache/cache.go> reads it: what Go would
/// take for a miss is damage, and nothing else is.
package struct ActionEntry: Hashable, Sendable {
    /// What makes Go ignore an action file.
    package enum Damage: Error, Hashable, Sendable {
        case empty
        case incomplete
        case tooLong
        case invalidHeader
        case invalidHash
        /// The hash in the line is not the one in the file's name.
        case mismatchedAction
        case invalidSize
        case invalidTime
    }

    /// How many bytes a whole line has. Corresponds to `entrySize`.
    package static let length = 175

    package let action: EntryHash
    package let output: EntryHash
    /// The output's length in bytes; Go misses when the output's file has another.
    package let size: UInt64
    package let madeAt: Timestamp

    /// Reads the content of an action file; one byte more than `length` is enough to see that it is too long.
    ///
    /// - Parameter name: The hash in the file's name, which the line must repeat.
    package init(parsing content: Span<UInt8>, named name: EntryHash) throws(Damage) {
        guard !content.isEmpty else { throw .empty }
        guard content.count >= Self.length else { throw .incomplete }
        guard content.count == Self.length else { throw .tooLong }
        guard Self.hasHeader(content) else { throw .invalidHeader }
        guard let action = EntryHash(hexadecimal: content.extracting(3..<67)),
            let output = EntryHash(hexadecimal: content.extracting(68..<132))
        else { throw .invalidHash }
        guard action == name else { throw .mismatchedAction }
        guard let size = decimal(content.extracting(133..<153)), size >= 0 else { throw .invalidSize }
        guard let time = decimal(content.extracting(154..<174)), time >= 0 else { throw .invalidTime }
        self.action = action
        self.output = output
        self.size = UInt64(size)
        madeAt = Timestamp(seconds: time / 1_000_000_000, nanoseconds: UInt32(time % 1_000_000_000))
    }

    private static func hasHeader(_ content: Span<UInt8>) -> Bool {
        let space = UInt8(ascii: " ")
        return content[0] == UInt8(ascii: "v") && content[1] == UInt8(ascii: "1") && content[2] == space
            && content[67] == space && content[132] == space && content[153] == space
            && content[174] == UInt8(ascii: "\n")
    }
}

/// Returns a decimal number with blanks before it, as cmd/go reads a column; `nil` where it is none or too large.
///
/// A sign is allowed, as in Go's `strconv.ParseInt`.
func decimal(_ column: Span<UInt8>) -> Int64? {
    var index = 0
    while index < column.count, column[index] == UInt8(ascii: " ") { index += 1 }
    var isNegative = false
    if index < column.count, column[index] == UInt8(ascii: "-") || column[index] == UInt8(ascii: "+") {
        isNegative = column[index] == UInt8(ascii: "-")
        index += 1
    }
    guard index < column.count else { return nil }
    var value: Int64 = 0
    while index < column.count {
        let digit = column[index] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        // Counted downwards, because the least number has no positive twin.
        let (product, productOverflows) = value.multipliedReportingOverflow(by: 10)
        let (sum, sumOverflows) = product.subtractingReportingOverflow(Int64(digit))
        guard !productOverflows, !sumOverflows else { return nil }
        value = sum
        index += 1
    }
    guard isNegative || value != .min else { return nil }
    return isNegative ? value : -value
}
