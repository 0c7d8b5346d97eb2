package import WardenModel

/// What the linker writes into a program: which Go it was, and for what; what `go version -m` prints.
///
/// See <https://go.googlesource.com/go/+/refs/heads/master/src/debug/buildinfo/buildinfo.go>. Programs of Go 1.18 and later
/// hold it in one piece.
package struct BuildInformation {
    /// Where a section of an ELF file stands; whoever wrote the file chose both numbers.
    package typealias Place = Range<UInt64>

    /// What is asked for of the section: more than the list of modules of any program that anybody builds.
    package static let longest: UInt64 = 1 << 20
    package static let headerLength = 64
    private static let sectionLength = 64
    /// Longer than any line that is of use, and more settings than `go build` writes: little is kept of what nobody built.
    private static let longestLine = 1_024
    private static let settingLimit = 64

    package let variant: BuildVariant

    /// Returns where the table of sections stands, from the first `headerLength` bytes; `nil` for what is no ELF of 64 bits,
    /// the lowest byte first. See elf(5).
    package static func sections(header: [UInt8]) -> Place? {
        guard header.count >= headerLength, header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]),
            littleEndian16(header, 58) == sectionLength
        else { return nil }
        let count = UInt64(littleEndian16(header, 60))
        return count == 0 ? nil : place(at: littleEndian64(header, 40), length: count * UInt64(sectionLength))
    }

    /// Returns the place of the names of sections.
    package static func names(header: [UInt8], sections: [UInt8]) -> Place? {
        place(of: Int(littleEndian16(header, 62)), in: sections)
    }

    /// Returns the place of the section `.go.buildinfo`.
    package static func place(sections: [UInt8], names: [UInt8]) -> Place? {
        for number in 0..<(sections.count / sectionLength) {
            let name = Int(littleEndian32(sections[...], number * sectionLength))
            guard name < names.count, names[name...].starts(with: ".go.buildinfo\0".utf8) else { continue }
            return place(of: number, in: sections)
        }
        return nil
    }

    private static func place(of section: Int, in sections: [UInt8]) -> Place? {
        guard (section + 1) * sectionLength <= sections.count else { return nil }
        return place(
            at: littleEndian64(sections, section * sectionLength + 24),
            length: littleEndian64(sections, section * sectionLength + 32))
    }

    /// Returns `nil` where no file has a byte: pread(2) is an error there.
    private static func place(at start: UInt64, length: UInt64) -> Place? {
        let (end, overflow) = start.addingReportingOverflow(length)
        return overflow || end > UInt64(Int64.max) ? nil : start..<end
    }

    /// - Parameter section: What `.go.buildinfo` holds, or its first `longest` bytes.
    package init?(section: [UInt8]) {
        guard section.count > 32, section.starts(with: "\u{ff} Go buildinf:".unicodeScalars.map { UInt8($0.value) }),
            section[15] & 2 != 0
        else { return nil }
        var rest = section.dropFirst(32)
        guard let version = Self.text(&rest), let modules = Self.text(&rest) else { return nil }
        // Sixteen bytes that mark its beginning and its end stand around the list.
        let lines = modules.dropFirst(16).dropLast(16).split(separator: UInt8(ascii: "\n"))
        // Experiments stand behind it.
        let name = version.prefix { $0 != UInt8(ascii: " ") }
        guard name.count <= Self.longestLine else { return nil }
        variant = Self.variant(version: escapedForDisplay(Array(name)), lines)
    }

    private static func variant(version: String, _ lines: [ArraySlice<UInt8>]) -> BuildVariant {
        var package: String?
        var origin: SourceOrigin?
        var settings: [String: String] = [:]
        for line in lines where line.count <= longestLine {
            let words = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                .map { escapedForDisplay(Array($0)) }
            guard words.count >= 2 else { continue }
            switch words[0] {
            case "path": package = words[1]
            case "mod" where words.count >= 3 && words[2] != "(devel)" && !words[2].isEmpty:
                origin = .module(words[1], version: words[2])
            case "build":
                let pair = words[1].split(separator: "=", maxSplits: 1)
                if pair.count == 2, settings.count < settingLimit { settings[String(pair[0])] = String(pair[1]) }
            default: break
            }
        }
        if origin == nil, let package, package == "cmd" || package.hasPrefix("cmd/") { origin = .standard }
        // What is linked without any of this is no program of `go build`.
        let platform = BuildPlatform(
            version: version, system: settings["GOOS"] ?? "", architecture: settings["GOARCH"] ?? "",
            options: settings.keys.filter { $0.hasPrefix("GO") && $0 != "GOOS" && $0 != "GOARCH" }.sorted()
                .map { "\($0)=\(settings[$0] ?? "")" })
        return BuildVariant(
            platform: platform, package: package, origin: origin,
            flags: settings["-cover"] == "true" ? [.cover] : [],
            compilerFlags: ["-race", "-msan", "-asan"].filter { settings[$0] == "true" })
    }

    /// Takes a string with its length before it, in the form of `binary.Uvarint`.
    private static func text(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var length = 0
        var shift = 0
        while let byte = rest.popFirst() {
            guard shift < 28 else { return nil }
            length |= Int(byte & 0x7f) << shift
            shift += 7
            guard byte & 0x80 == 0 else { continue }
            guard rest.count >= length else { return nil }
            defer { rest = rest.dropFirst(length) }
            return rest.prefix(length)
        }
        return nil
    }
}

private func littleEndian16(_ bytes: [UInt8], _ place: Int) -> UInt16 {
    UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
}

private func littleEndian64(_ bytes: [UInt8], _ place: Int) -> UInt64 {
    UInt64(littleEndian32(bytes[...], place)) | UInt64(littleEndian32(bytes[...], place + 4)) << 32
}
