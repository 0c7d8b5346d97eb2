/// What an output and the actions that name it have in common: the first 8 bytes of the output's hash.
///
/// Two outputs of an honest cache never share them. In a hostile one they make two pairs one, which is then as young as
/// the younger: nothing goes that would otherwise stay.
package enum PairKey {
    /// Returns the key in the name of an output, `<64 hex>-d`, or of an action, which no output shares.
    package static func ofName(_ name: Span<UInt8>) -> UInt64 {
        guard name.count >= 16 else { return 0 }
        return leading(name, at: 0) ?? 0
    }

    /// Returns the key of the output that an action names, or `nil` where Go would not accept the content.
    ///
    /// Says what `ActionEntry` says; that is asked only for spellings that cmd/go does not use itself.
    package static func ofAction(_ content: Span<UInt8>, named name: Span<UInt8>) -> UInt64? {
        guard content.count == ActionEntry.length, name.count == EntryClassifier.entryNameLength else { return nil }
        if isPlain(content, named: name), let key = leading(content, at: 68) { return key }
        guard let hash = EntryHash(entryName: name) else { return nil }
        // What makes it damaged does not matter here.
        return (try? ActionEntry(parsing: content, named: hash))?.output.leading
    }

    /// Whether every byte is as cmd/go writes it. Without early exits in the loops the compiler can test many at once.
    private static func isPlain(_ content: Span<UInt8>, named name: Span<UInt8>) -> Bool {
        let space = UInt8(ascii: " ")
        guard content[0] == UInt8(ascii: "v"), content[1] == UInt8(ascii: "1"), content[2] == space,
            content[67] == space, content[132] == space, content[153] == space, content[174] == UInt8(ascii: "\n")
        else { return false }
        var isGood = true
        for index in 0..<EntryClassifier.hashDigits {
            isGood = content[3 + index] == name[index] && isGood
            let digit = content[68 + index]
            isGood = (digit &- 0x30 < 10 || digit &- 0x61 < 6) && isGood
        }
        return isGood && isNumber(content, 133..<153) && isNumber(content, 154..<174)
    }

    /// Whether a column is blanks, then at most 18 digits, at least one: such a number cannot overflow.
    private static func isNumber(_ content: Span<UInt8>, _ column: Range<Int>) -> Bool {
        var start = column.lowerBound
        while start < column.upperBound, content[start] == UInt8(ascii: " ") { start += 1 }
        guard start < column.upperBound, column.upperBound - start <= 19 else { return false }
        var isGood = column.upperBound - start < 19 || content[start] < UInt8(ascii: "9")
        for index in start..<column.upperBound { isGood = content[index] &- 0x30 < 10 && isGood }
        return isGood
    }

    private static func leading(_ bytes: Span<UInt8>, at start: Int) -> UInt64? {
        var key: UInt64 = 0
        for index in start..<(start + 16) {
            let byte = bytes[index]
            let digit = byte &- 0x30 < 10 ? byte &- 0x30 : byte &- 0x61 < 6 ? byte &- 0x57 : 255
            guard digit < 16 else { return nil }
            key = key << 4 | UInt64(digit)
        }
        return key
    }
}
