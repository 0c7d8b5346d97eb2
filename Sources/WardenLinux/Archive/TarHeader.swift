/// One header block of an archive, its checksum verified. See `tar(5)` and `pax(1)`.
struct TarHeader {
    static let size = 512

    enum Kind {
        case file, directory, extended, global, longName
        /// What is refused, as a noun phrase for people.
        case other(String)
    }

    let kind: Kind
    /// Of the entry's content, in bytes.
    let size: UInt64
    let mode: UInt64
    /// Without what a `x` or `L` header before it says.
    let name: [UInt8]

    /// What cannot be said of a header that is not understood.
    struct Refusal: Error {
        let reason: TarError.Reason
        let name: [UInt8]?
    }

    /// Reads a block of `size` bytes.
    init(_ block: [UInt8]) throws(Refusal) {
        guard Self.sum(of: block) == Self.octal(block[148..<156]) else { throw Refusal(reason: .checksum, name: nil) }
        // POSIX, whose prefix stands before the name, and GNU, which has other things in its place.
        let isPOSIX = block[257..<265].elementsEqual(Array("ustar\u{0}00".utf8))
        guard isPOSIX || block[257..<265].elementsEqual(Array("ustar  \u{0}".utf8)) else {
            throw Refusal(reason: .unknownFormat, name: nil)
        }
        let prefix = isPOSIX ? Self.text(block[345..<500]) : []
        let name = Self.text(block[0..<100])
        self.name = prefix.isEmpty ? Array(name) : prefix + [UInt8(ascii: "/")] + name
        guard let size = Self.number(block[124..<136]) else {
            throw Refusal(reason: .badNumber("its size"), name: self.name)
        }
        guard let mode = Self.number(block[100..<108]) else {
            throw Refusal(reason: .badNumber("its mode"), name: self.name)
        }
        self.size = size
        self.mode = mode
        kind = Self.kind(block[156])
    }

    private static func kind(_ flag: UInt8) -> Kind {
        switch flag {
        case UInt8(ascii: "0"), 0: .file
        case UInt8(ascii: "5"): .directory
        case UInt8(ascii: "x"): .extended
        case UInt8(ascii: "g"): .global
        case UInt8(ascii: "L"): .longName
        case UInt8(ascii: "1"): .other("a hard link")
        case UInt8(ascii: "2"): .other("a symbolic link")
        case UInt8(ascii: "3"): .other("a character device")
        case UInt8(ascii: "4"): .other("a block device")
        case UInt8(ascii: "6"): .other("a FIFO")
        case UInt8(ascii: "K"): .other("a link with a long target")
        case UInt8(ascii: "S"): .other("a sparse file")
        default: .other("of a type that is not known")
        }
    }

    /// The sum of all bytes, those of the checksum itself taken for spaces.
    private static func sum(of block: [UInt8]) -> UInt64 {
        let sum = block.reduce(UInt64(0)) { $0 + UInt64($1) }
        return block[148..<156].reduce(sum) { $0 - UInt64($1) + 0x20 }
    }

    /// What stands before the first NUL.
    private static func text(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> { field.prefix { $0 != 0 } }

    /// Octal digits, or a big-endian number behind the byte 0x80, as GNU writes what octal digits cannot say.
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        guard let first = field.first, first & 0x80 != 0 else { return octal(field) }
        // 0xff begins a negative number, and other bits of the first byte one that nothing here can be.
        guard first == 0x80 else { return nil }
        var value: UInt64 = 0
        for byte in field.dropFirst() {
            guard value <= UInt64.max >> 8 else { return nil }
            value = value << 8 | UInt64(byte)
        }
        return value
    }

    /// Octal digits after spaces and before spaces and NULs; no digits are no number.
    private static func octal(_ field: ArraySlice<UInt8>) -> UInt64? {
        let digits = field.drop { $0 == 0x20 }.prefix { 0x30...0x37 ~= $0 }
        guard !digits.isEmpty, field[digits.endIndex...].allSatisfy({ $0 == 0x20 || $0 == 0 }) else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard value <= UInt64.max >> 3 else { return nil }
            value = value << 3 | UInt64(digit - 0x30)
        }
        return value
    }
}
