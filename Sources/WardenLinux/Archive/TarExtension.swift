/// What the entry behind an extended header is really called, and how large it is.
struct TarExtension {
    private(set) var name: [UInt8]?
    private(set) var size: UInt64?

    /// Reads the content of a GNU `L` header: the name, and a NUL behind it.
    init(longName content: [UInt8]) {
        name = Array(content.last == 0 ? content.dropLast() : content[...])
    }

    /// Reads the records of a pax `x` header, `LENGTH KEY=VALUE` and a line feed each, where the length counts all of it.
    ///
    /// All but name, size and sparse files is ignored: times, owners and attributes are not unpacked.
    init(records content: [UInt8]) throws(Malformed) {
        var rest = content[...]
        while !rest.isEmpty {
            let digits = rest.prefix { 0x30...0x39 ~= $0 }
            guard let length = Self.decimal(digits), rest[digits.endIndex...].first == 0x20,
                length > UInt64(digits.count + 1), length <= UInt64(rest.count)
            else { throw Malformed(what: "a record of a wrong length") }
            let record = rest.prefix(Int(length))
            guard record.last == UInt8(ascii: "\n") else { throw Malformed(what: "a record without an end") }
            let text = record.dropFirst(digits.count + 1).dropLast()
            guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
                throw Malformed(what: "a record without a value")
            }
            try take(text[..<equals], text[(equals + 1)...])
            rest = rest.dropFirst(Int(length))
        }
    }

    struct Malformed: Error { let what: String }

    private mutating func take(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(Malformed) {
        if key.elementsEqual("path".utf8) {
            name = Array(value)
        } else if key.elementsEqual("size".utf8) {
            guard let number = Self.decimal(value) else { throw Malformed(what: "a size that is no number") }
            size = number
        } else if key.starts(with: "GNU.sparse.".utf8) {
            // The content is then not the file's.
            throw Malformed(what: "a sparse file")
        }
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard 0x30...0x39 ~= digit, value <= (UInt64.max - UInt64(digit - 0x30)) / 10 else { return nil }
            value = value * 10 + UInt64(digit - 0x30)
        }
        return value
    }
}
