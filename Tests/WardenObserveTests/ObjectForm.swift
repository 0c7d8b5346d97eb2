import SystemPackage
import Testing
import WardenGoCache
import WardenLinux
import WardenModel
import WardenTestSupport

/// An output of a build cache: its bytes, and where a reader finds structure in them.
struct ObjectForm {
    /// A part of the file; between the parts are zeros that nobody reads.
    fileprivate struct Piece {
        let place: Int
        var bytes: [UInt8]
    }

    /// A number that says where something stands, or how much there is.
    struct Number {
        enum Spelling { case binary, decimal }

        let place: Int
        let width: Int
        var spelling = Spelling.binary
    }

    /// What becomes of a file.
    enum Damage {
        /// It ends here.
        case cut(Int)
        case put([UInt8], at: Int)
        case flip(bit: Int, at: Int)
        /// One number is written over another: then two tables stand in one place.
        case copy(Number, over: Number)
    }

    let name: String
    let isExecutable: Bool
    private(set) var size: Int
    fileprivate var pieces: [Piece]
    let numbers: [Number]
    /// Where one part of the structure ends and the next begins.
    let boundaries: [Int]

    /// Makes it the whole content of an open file.
    func write(to file: borrowing OwnedDescriptor) throws {
        try file.raw.resize(to: 0)
        try file.raw.resize(to: Int64(size))
        for piece in pieces where piece.place < size {
            try file.raw.writeAll(toAbsoluteOffset: Int64(piece.place), piece.bytes.prefix(size - piece.place))
        }
    }

    /// Returns a number as its bytes, the lowest first.
    static func littleEndian(_ number: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }

    // MARK: - Damage

    mutating func apply(_ damage: Damage) {
        switch damage {
        case .cut(let end): size = max(0, min(size, end))
        case .put(let bytes, let place): put(bytes, at: place)
        case .flip(let bit, let place):
            put(content(at: place, 1).map { $0 ^ (UInt8(1) << UInt8(bit)) }, at: place)
        case .copy(let source, let target): put(content(at: source.place, target.width), at: target.place)
        }
    }

    /// Everything that is tried once.
    var everyDamage: [Damage] {
        let cuts = boundaries.flatMap { [$0 - 1, $0, $0 + 1] }.map { Damage.cut($0) }
        let values = numbers.flatMap { number in
            self.values(of: number).map { Damage.put($0, at: number.place) }
        }
        let copies = numbers.flatMap { source in numbers.map { Damage.copy(source, over: $0) } }
        let flips = boundaries.flatMap { place in
            (0..<96).map { Damage.flip(bit: $0 % 8, at: place + $0 / 8) }
        }
        return cuts + values + copies + flips
    }

    /// Returns one damage out of many more.
    func randomDamage(_ random: inout SeededGenerator) -> Damage {
        let boundary = boundaries.randomElement(using: &random) ?? 0
        let number = numbers.randomElement(using: &random) ?? Number(place: 0, width: 4)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .cut(boundary + Int.random(in: -2...40, using: &random))
        case 1: return .put(values(of: number).randomElement(using: &random) ?? [], at: number.place)
        case 2: return .put(random.bytes(number.width), at: number.place)
        case 3: return .copy(number, over: numbers.randomElement(using: &random) ?? number)
        case 4:
            let bit = Int.random(in: 0..<8, using: &random)
            return .flip(bit: bit, at: boundary + Int.random(in: 0..<128, using: &random))
        default:
            let count = Int.random(in: 1...64, using: &random)
            let bytes = random.bytes(count)
            return .put(bytes, at: boundary + Int.random(in: -32...32, using: &random))
        }
    }

    /// Returns what somebody might write in place of a number.
    private func values(of number: Number) -> [[UInt8]] {
        switch number.spelling {
        case .binary:
            let length = UInt64(size)
            let highest = UInt64.max >> UInt64(64 - 8 * number.width)
            let half = highest >> 1
            let numbers = [0, 1, length &- 1, length, length + 1, half, half + 1, highest - 7, highest]
            return numbers.map { Self.littleEndian($0, number.width) }
        case .decimal:
            let texts = [
                "", "0", "1", "-1", "+1", "0x10", "1e3", "\(size)", "\(size + 1)", "9999999999", "18446744073709551615",
            ]
            return texts.map { text in
                let digits = Array(text.utf8.prefix(number.width))
                return digits + Array(repeating: UInt8(ascii: " "), count: number.width - digits.count)
            }
        }
    }

    /// Returns bytes as they are in the file; zeros where no piece is.
    private func content(at place: Int, _ count: Int) -> [UInt8] {
        (place..<place + count).map { position -> UInt8 in
            for piece in pieces where piece.place <= position && position < piece.place + piece.bytes.count {
                return piece.bytes[position - piece.place]
            }
            return 0
        }
    }

    private mutating func put(_ bytes: [UInt8], at place: Int) {
        for index in pieces.indices {
            let own = pieces[index].place
            let start = max(place, own)
            let end = min(place + bytes.count, own + pieces[index].bytes.count)
            guard start < end else { continue }
            pieces[index].bytes.replaceSubrange(start - own..<end - own, with: bytes[start - place..<end - place])
        }
    }
}

// MARK: - Where structure is found

extension ObjectForm {
    /// Takes bytes for what they are, without a thought for their structure.
    init(_ name: String, _ bytes: [UInt8], isExecutable: Bool) {
        self.init(
            name: name, isExecutable: isExecutable, size: bytes.count, pieces: [Piece(place: 0, bytes: bytes)],
            numbers: [], boundaries: [])
    }

    /// Returns the form of a whole archive with an object whose tables are in order.
    static func archive(_ name: String, _ bytes: [UInt8]) throws -> ObjectForm {
        let head = try #require(ArchiveHead(beginning: bytes), "\(name)")
        let member = Int(head.object)
        let tables = try #require(ObjectTables(member: Array(bytes[member...]), at: head.object), "\(name)")
        let base = Int(tables.base)
        let files = base + Int(tables.files.lowerBound)..<base + Int(tables.files.upperBound)
        let symbols = base + Int(tables.symbols.lowerBound)..<base + Int(tables.symbols.upperBound)
        var numbers = [8 + 48, member + 48].map { Number(place: $0, width: 10, spelling: .decimal) }
        // The offsets of 19 tables stand behind the magic number, the fingerprint and the flags.
        numbers += (0..<19).map { Number(place: base + 20 + 4 * $0, width: 4) }
        for record in stride(from: files.lowerBound, to: files.upperBound, by: ObjectTables.referenceLength).prefix(3) {
            numbers += [0, 4].map { Number(place: record + $0, width: 4) }
        }
        var boundaries = [
            0, 8, 68, member, member + 60, base, base + 8, base + 20, base + 96, files.lowerBound, files.upperBound,
            symbols.lowerBound, symbols.upperBound, OutputKind.beginningLength, bytes.count,
        ]
        for candidate in ObjectTables.candidates(in: Array(bytes[symbols]), first: tables.firstIndex) {
            let text = base + Int(candidate.name.offset)
            let end = text + candidate.name.length
            guard end <= bytes.count, ObjectTables.note(bytes[text..<end]) != nil else { continue }
            let record = symbols.lowerBound + (candidate.index - tables.firstIndex) * ObjectTables.symbolLength
            let data = Int(tables.dataPlaces(of: candidate.index))
            numbers += [0, 4, 17].map { Number(place: record + $0, width: 4) }
            numbers += [10, 11, 12].map { Number(place: record + $0, width: 1) }
            numbers += [0, 4].map { Number(place: data + $0, width: 4) }
            boundaries += [record, record + ObjectTables.symbolLength, text, end, data, data + 8]
        }
        return ObjectForm(
            name: name, isExecutable: false, size: bytes.count, pieces: [Piece(place: 0, bytes: bytes)],
            numbers: numbers, boundaries: boundaries)
    }

    /// Returns the form of a whole program, of which only the parts are kept that say how it was built.
    static func executable(_ name: String, _ bytes: [UInt8]) throws -> ObjectForm {
        func range(_ place: BuildInformation.Place) -> Range<Int> { Int(place.lowerBound)..<Int(place.upperBound) }
        let header = Array(bytes.prefix(BuildInformation.headerLength))
        let table = range(try #require(BuildInformation.sections(header: header), "\(name)"))
        let sections = Array(bytes[table])
        let names = range(try #require(BuildInformation.names(header: header, sections: sections), "\(name)"))
        let text = Array(bytes[names])
        let found = try #require(BuildInformation.place(sections: sections, names: text), "\(name)")
        let information = range(found)
        var numbers = [Number(place: 40, width: 8)] + [58, 60, 62].map { Number(place: $0, width: 2) }
        for section in stride(from: table.lowerBound, to: table.upperBound, by: 64) {
            numbers.append(Number(place: section, width: 4))
            numbers += [24, 32].map { Number(place: section + $0, width: 8) }
        }
        numbers += [15, 32, 33].map { Number(place: information.lowerBound + $0, width: 1) }
        let pieces = [0..<header.count, table, names, information].map { part in
            Piece(place: part.lowerBound, bytes: Array(bytes[part]))
        }
        let boundaries = pieces.flatMap { [$0.place, $0.place + $0.bytes.count] }
        return ObjectForm(
            name: name, isExecutable: true, size: bytes.count, pieces: pieces, numbers: numbers,
            boundaries: boundaries + [information.lowerBound + 16, information.lowerBound + 32, bytes.count])
    }
}
