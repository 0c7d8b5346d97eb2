package import WardenModel

/// Why an archive is refused. Nothing that an honest archive of a toolchain holds is.
package struct TarError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        // Of an entry.
        case notPlain(String)
        case setID
        case absolute, leadsUp, emptyComponent, containsNUL, tooLong, tooDeep, outsideRoot
        case directoryWithContent
        case totalSize(ByteCount)
        // Of a header.
        case truncated
        case checksum
        case unknownFormat
        case badNumber(String)
        case badExtension(String)
        case extensionTooLarge
        case loneExtension
        case tooManyEntries(Int)
        case badEnd
        case longEnd
    }

    package let reason: Reason
    /// The entry's name as the archive spells it; `nil` where it has none.
    package let name: [UInt8]?
    /// Where the header stands in the archive, in bytes.
    package let offset: UInt64

    init(_ reason: Reason, name: [UInt8]?, at offset: UInt64) {
        self.reason = reason
        self.name = name
        self.offset = offset
    }
}

extension TarError: CustomStringConvertible {
    package var description: String {
        guard let name else { return "the archive \(reason) (at byte \(offset))" }
        // A name of a megabyte is for no message.
        let short = name.count <= 256 ? escapedForDisplay(name) : escapedForDisplay(name.prefix(256)) + "…"
        return "the archive's entry '\(short)' \(reason) (at byte \(offset))"
    }
}

extension TarError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notPlain(let what): "is \(what), neither a regular file nor a directory"
        case .setID: "has a set-user-ID or set-group-ID bit"
        case .absolute: "has an absolute name"
        case .leadsUp: "has '.' or '..' in its name"
        case .emptyComponent: "has an empty component in its name"
        case .containsNUL: "has a NUL in its name"
        case .tooLong: "has a name of more than \(TarReader.longestName) bytes"
        case .tooDeep: "stands more than \(TarReader.deepest) directories deep"
        case .outsideRoot: "does not stand below 'go/'"
        case .directoryWithContent: "is a directory with a size"
        case .totalSize(let limit): "takes the archive's files beyond \(limit)"
        case .truncated: "ends in the middle"
        case .checksum: "has a header whose checksum is wrong"
        case .unknownFormat: "has a header that is neither ustar nor GNU"
        case .badNumber(let field): "has no valid number as \(field)"
        case .badExtension(let what): "has an extended header with \(what)"
        case .extensionTooLarge: "has an extended header of more than \(TarReader.largestExtension) bytes"
        case .loneExtension: "has an extended header that belongs to no entry"
        case .tooManyEntries(let limit): "has more than \(limit) entries"
        case .longEnd: "goes on for more than \(TarReader.longestEnd) bytes behind its end"
        case .badEnd: "has something else than zeros behind its end"
        }
    }
}
