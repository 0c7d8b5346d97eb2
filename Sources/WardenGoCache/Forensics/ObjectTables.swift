internal import WardenModel

/// Where the tables of a Go object stand in its file, as far as they say what was compiled.
///
/// See <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/internal/goobj/objfile.go>. Everything is little-endian;
/// the strings stand behind the header, in the order in which the tables first name them.
package struct ObjectTables {
    /// How much from the member's beginning is asked for: lines of text, and the header. What cgo tells the linker stands
    /// there too, and may be longer: then as much as the second number.
    package static let beginningLengths = [2_048, 131_072]
    /// What one symbol takes in its table.
    package static let symbolLength = 21
    package static let referenceLength = 8

    /// A name in the object: its place is counted from `base`.
    package struct Reference: Hashable, Sendable {
        package let offset: UInt64
        package let length: Int
    }

    /// A symbol that may be what the compiler notes a unit's package and flags as.
    package struct Candidate {
        package let name: Reference
        /// Its place among all symbols that the object defines: data is found by it.
        package let index: Int
    }

    /// What `Candidate` notes.
    package enum Note: Hashable, Sendable {
        /// The symbol's name ends with the import path.
        case package(String)
        /// The symbol's data are the compiler's flags.
        case flags
    }

    /// The file's offset of the object: what its own offsets count from.
    package let base: UInt64
    /// Names of source files: references, counted from `base` as all that follows.
    package let files: Range<UInt64>
    /// Symbols that no package owns, in which the notes are.
    package let symbols: Range<UInt64>
    /// How many symbols are defined before those.
    package let firstIndex: Int
    private let dataIndex: UInt64
    private let data: UInt64

    /// - Parameters:
    ///   - member: Its first bytes (`beginningLengths`), from its header on.
    ///   - offset: Where it stands in the file.
    ///
    /// Returns `nil` where it is no object of Go 1.19 or later, or its tables are not in order.
    package init?(member: [UInt8], at offset: UInt64) {
        guard member.starts(with: "_go_.o ".utf8), let start = Self.start(of: member) else { return nil }
        let header = member[start...]
        // "\0go120ld", a fingerprint of 8 bytes, flags of 4, then the offsets of 19 tables.
        guard header.count >= 20 + 19 * 4, header.starts(with: "\0go1".utf8),
            header.dropFirst(6).starts(with: "ld".utf8)
        else { return nil }
        func table(_ number: Int) -> UInt64 { UInt64(littleEndian32(header, header.startIndex + 20 + 4 * number)) }
        let places = (2...7).map(table)
        guard zip(places, places.dropFirst()).allSatisfy({ $0 <= $1 }), table(13) <= table(16) else { return nil }
        base = offset + UInt64(start)
        files = table(2)..<table(3)
        symbols = table(6)..<table(7)
        firstIndex = Int(table(6) - table(3)) / Self.symbolLength
        dataIndex = table(13)
        data = table(16)
    }

    /// Returns where the object begins in its member: behind the line that ends the text, "!".
    private static func start(of member: [UInt8]) -> Int? {
        var rest = member.dropFirst(ArchiveHead.memberHeaderLength)
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            rest = rest[(end + 1)...]
            if rest.starts(with: "!\n".utf8) { return end + 3 }
        }
        return nil
    }

    /// Returns the references of a piece of the table of files.
    package static func references(in table: [UInt8]) -> [Reference] {
        stride(from: 0, through: table.count - referenceLength, by: referenceLength).map { reference(table[...], $0) }
    }

    /// Returns what may be notes in a piece of the table of symbols.
    ///
    /// - Parameter first: The index of the piece's first symbol.
    ///
    /// A note is data without alignment that may be there twice, and its name has a prefix of at least 19 bytes.
    package static func candidates(in table: [UInt8], first: Int) -> [Candidate] {
        var found: [Candidate] = []
        var place = 0
        var index = first
        while place + symbolLength <= table.count {
            defer {
                place += symbolLength
                index += 1
            }
            // Name (8), ABI (2), type (1), flags (1), more flags (1), size (4), alignment (4).
            guard table[place + 11] == 1, table[place + 12] == 0, table[place + 10] > 6,
                littleEndian32(table[...], place + 17) == 0
            else { continue }
            let name = reference(table[...], place)
            guard name.length > 19, name.length < 2_048 else { continue }
            found.append(Candidate(name: name, index: index))
        }
        return found
    }

    /// Returns what a symbol with this name notes, or `nil`. Before Go 1.21 the prefix was written with a dot.
    package static func note(_ name: ArraySlice<UInt8>) -> Note? {
        guard name.starts(with: "go:cuinfo.".utf8) || name.starts(with: "go.cuinfo.".utf8) else { return nil }
        let rest = name.dropFirst("go:cuinfo.".utf8.count)
        if rest.starts(with: "producer.".utf8) { return .flags }
        guard rest.starts(with: "packagename.".utf8) else { return nil }
        return .package(escapedForDisplay(rest.dropFirst("packagename.".utf8.count)))
    }

    /// Returns where it is written which data a symbol has: two numbers of four bytes, its beginning and the next one's.
    package func dataPlaces(of index: Int) -> UInt64 { base + dataIndex + 4 * UInt64(index) }

    /// Returns the file's range of data; `nil` where it does not end behind its beginning.
    package func data(at places: [UInt8]) -> Range<UInt64>? {
        guard places.count == 8 else { return nil }
        let (start, end) = (UInt64(littleEndian32(places[...], 0)), UInt64(littleEndian32(places[...], 4)))
        return start <= end ? base + data + start..<base + data + end : nil
    }

    private static func reference(_ table: ArraySlice<UInt8>, _ place: Int) -> Reference {
        Reference(
            offset: UInt64(littleEndian32(table, place + 4)), length: Int(littleEndian32(table, place)))
    }
}

/// Returns four bytes as a number, the lowest first.
func littleEndian32(_ bytes: ArraySlice<UInt8>, _ place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
}
