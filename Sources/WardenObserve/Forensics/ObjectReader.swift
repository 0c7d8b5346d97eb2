package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// Reads from outputs what they are, and what they were compiled as: a few pieces of each, never the whole.
package struct ObjectReader: Sendable {
    /// How many bytes of the table of symbols are read at once, in whole symbols. The notes stand at its beginning.
    private static let symbolPiece = 780 * ObjectTables.symbolLength
    /// More flags than any compiler is called with.
    private static let longestFlags = 512
    /// How many names of files are read: a package of more is told by its first.
    private static let fileLimit = 2_048
    private static let symbolLimit: UInt64 = 1 << 22
    private static let longestName = 4_096
    private static let longestTable: UInt64 = 1 << 18
    private static let namesPiece: UInt64 = 65_536

    package init() {}

    /// Returns what an open output is, and what it was compiled as where it says so.
    package func read(
        _ file: borrowing OwnedDescriptor, size: UInt64, isExecutable: Bool
    ) throws(Errno) -> (kind: OutputKind, variant: BuildVariant?) {
        guard !isExecutable else { return (.executable, try information(of: file)) }
        guard size > 0 else { return (.empty, nil) }
        let beginning = try beginning(of: file, size)
        let kind = OutputKind(beginning: beginning, size: size)
        guard kind == .archive, let head = ArchiveHead(beginning: beginning) else { return (kind, nil) }
        return (kind, try variant(of: file, head))
    }

    /// Returns the version of the Go that made an open output; `nil` where it does not say.
    package func version(
        _ file: borrowing OwnedDescriptor, size: UInt64, isExecutable: Bool
    ) throws(Errno) -> String? {
        guard !isExecutable else { return try information(of: file)?.platform?.version }
        guard size > 0 else { return nil }
        return ArchiveHead(beginning: try beginning(of: file, size))?.platform.version
    }

    private func beginning(of file: borrowing OwnedDescriptor, _ size: UInt64) throws(Errno) -> [UInt8] {
        // What ends where it is expected to is read by one call.
        try file.beginning(Int(min(size, UInt64(OutputKind.beginningLength))))
    }

    // MARK: - Archives

    private func variant(of file: borrowing OwnedDescriptor, _ head: ArchiveHead) throws(Errno) -> BuildVariant {
        var found: ObjectTables?
        for length in ObjectTables.beginningLengths where found == nil {
            found = ObjectTables(member: try file.read(at: head.object, limit: length), at: head.object)
        }
        guard let tables = found else { return BuildVariant(platform: head.platform) }
        let notes = try notes(of: file, tables)
        guard let package = notes.package else { return BuildVariant(platform: head.platform) }
        var sources = SourceFiles(of: package)
        try forEachFile(tables, file) { sources.add($0) }
        let identity = sources.identity
        return BuildVariant(
            platform: head.platform, package: identity.package, origin: identity.origin, flags: sources.flags,
            compilerFlags: notes.flags ?? [])
    }

    /// Calls `body` with the names of the source files.
    private func forEachFile(
        _ tables: ObjectTables, _ file: borrowing OwnedDescriptor, _ body: (ArraySlice<UInt8>) -> Void
    ) throws(Errno) {
        let count = min(tables.files.count, Self.fileLimit * ObjectTables.referenceLength)
        let table = try file.read(at: tables.base + tables.files.lowerBound, limit: count)
        let names = ObjectTables.references(in: table).filter { $0.length <= Self.longestName }
        try forEachName(names, tables, file) { _, name in
            body(name)
            return true
        }
    }

    /// Calls `body` with names and their places in the list until it returns false. They stand near each other, and are read at
    /// once where they do.
    private func forEachName(
        _ names: [ObjectTables.Reference], _ tables: ObjectTables, _ file: borrowing OwnedDescriptor,
        _ body: (Int, ArraySlice<UInt8>) throws(Errno) -> Bool
    ) throws(Errno) {
        var (start, end) = (UInt64.max, UInt64.zero)
        for name in names {
            start = min(start, name.offset)
            end = max(end, name.offset + UInt64(name.length))
        }
        guard start < end else { return }
        let text = try file.read(at: tables.base + start, limit: Int(min(end - start, Self.namesPiece)))
        for (index, name) in names.enumerated() {
            let place = Int(name.offset - start)
            if place + name.length <= text.count {
                guard try body(index, text[place..<place + name.length]) else { return }
            } else {
                let alone = try file.read(at: tables.base + name.offset, limit: name.length)
                guard try body(index, alone[...]) else { return }
            }
        }
    }

    /// What the compiler noted of the unit: `nil` for what it did not.
    private struct Notes {
        var package: String?
        var flags: [String]?

        var isComplete: Bool { package != nil && flags != nil }
    }

    private func notes(of file: borrowing OwnedDescriptor, _ tables: ObjectTables) throws(Errno) -> Notes {
        var notes = Notes()
        var place = tables.symbols.lowerBound
        let end = min(tables.symbols.upperBound, place + Self.symbolLimit)
        var index = tables.firstIndex
        while place < end {
            let length = min(Self.symbolPiece, Int(end - place))
            let piece = try file.read(at: tables.base + place, limit: length)
            let candidates = ObjectTables.candidates(in: piece, first: index)
            try forEachName(candidates.map(\.name), tables, file) { number, name throws(Errno) in
                switch ObjectTables.note(name) {
                case nil: break
                case .package(let package): notes.package = package
                case .flags: notes.flags = try flags(candidates[number], tables, file)
                }
                return !notes.isComplete
            }
            guard !notes.isComplete, piece.count == length else { break }
            place += UInt64(length)
            index += length / ObjectTables.symbolLength
        }
        return notes
    }

    private func flags(
        _ note: ObjectTables.Candidate, _ tables: ObjectTables, _ file: borrowing OwnedDescriptor
    ) throws(Errno) -> [String] {
        let places = try file.read(at: tables.dataPlaces(of: note.index), limit: 8)
        guard let data = tables.data(at: places) else { return [] }
        let text = try file.read(at: data.lowerBound, limit: min(data.count, Self.longestFlags))
        // "regabi" is how every function is called, and `-dwarf=false` what `go run` and `go test` add by themselves.
        return text.split(separator: UInt8(ascii: " ")).map { escapedForDisplay($0) }
            .filter { $0.hasPrefix("-") && $0 != "-dwarf=false" }
    }

    // MARK: - Executables

    private func information(of file: borrowing OwnedDescriptor) throws(Errno) -> BuildVariant? {
        let header = try file.beginning(BuildInformation.headerLength)
        guard let table = BuildInformation.sections(header: header), let sections = try read(table, file),
            let names = BuildInformation.names(header: header, sections: sections),
            let text = try read(names, file),
            let place = BuildInformation.place(sections: sections, names: text)
        else { return nil }
        let length = min(place.upperBound - place.lowerBound, BuildInformation.longest)
        let section = try file.read(at: place.lowerBound, limit: Int(length))
        return BuildInformation(section: section)?.variant
    }

    /// Returns a table of an executable; `nil` where it would be longer than any linker makes it.
    private func read(
        _ place: BuildInformation.Place, _ file: borrowing OwnedDescriptor
    ) throws(Errno) -> [UInt8]? {
        let length = place.upperBound - place.lowerBound
        return length <= Self.longestTable ? try file.read(at: place.lowerBound, limit: Int(length)) : nil
    }
}
