/// One version of one module, as a module cache spells it: `example.com/!a/lib@v1.0.0`.
///
/// File systems may not tell capitals from small letters, so Go writes `!a` for `A` in paths and versions: `EscapePath`
/// and `EscapeVersion` in <https://pkg.go.dev/golang.org/x/mod/module>.
package struct ModuleVersion: Hashable, Sendable {
    /// The module's path, escaped; no slash at either end.
    package let path: [UInt8]
    /// `v1.0.0`, `v2.0.0+incompatible`, escaped.
    package let version: [UInt8]

    /// Returns `nil` for what cmd/go would never make.
    package init?(escapedPath path: some Sequence<UInt8>, escapedVersion version: some Sequence<UInt8>) {
        let (path, version) = (Array(path), Array(version))
        guard Self.isEscapedPath(path), let plain = Self.unescaped(version), SemanticVersion.isCanonical(plain) else {
            return nil
        }
        self.path = path
        self.version = version
    }

    /// Returns the version that go.mod and go.sum spell like this; `nil` for what is none.
    package init?(path: some StringProtocol, version: some StringProtocol) {
        self.init(escapedPath: Self.escaped(path.utf8), escapedVersion: Self.escaped(version.utf8))
    }

    /// Where its tree stands below the module cache.
    package var treePath: [UInt8] { path + [UInt8(ascii: "@")] + version }

    /// As go.mod and go.sum spell it: `example.com/A/lib@v1.0.0`.
    package var unescaped: [UInt8] {
        (Self.unescaped(path) ?? path) + [UInt8(ascii: "@")] + (Self.unescaped(version) ?? version)
    }

    /// Whether it is one of Go's toolchains, of which Go keeps only the archive.
    package var isToolchain: Bool { path.elementsEqual("golang.org/toolchain".utf8) }

    /// Whether it is a snapshot of Go's cryptography, which Go unpacks from its own archive (`GOFIPS140`).
    package var isSnapshot: Bool { path.elementsEqual("golang.org/fips140".utf8) }

    /// What all parts of the version have in common, spread over all 64 bits.
    ///
    /// In a hostile cache two versions may share it; they are then as young as the younger.
    package var key: UInt64 {
        // FNV-1a, and a last mix (MurmurHash3's): the highest byte chooses one of an inventory's lists.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in treePath { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }

    private static func escaped(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.flatMap { isCapital($0) ? [UInt8(ascii: "!"), $0 | 0x20] : [$0] }
    }

    /// Returns `nil` where a capital stands by itself, or `!` before something else than a small letter.
    private static func unescaped(_ bytes: [UInt8]) -> [UInt8]? {
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                guard isSmall(byte) else { return nil }
                plain.append(byte & 0xdf)
                isEscaped = false
            } else if byte == UInt8(ascii: "!") {
                isEscaped = true
            } else {
                guard !isCapital(byte) else { return nil }
                plain.append(byte)
            }
        }
        return isEscaped ? nil : plain
    }

    /// Whether every component is one that `module.CheckPath` lets into a path; the first names a host.
    static func isEscapedPath(_ path: [UInt8]) -> Bool {
        let components = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return components.allSatisfy(isEscapedComponent) && components.first?.contains(UInt8(ascii: ".")) == true
    }

    static func isEscapedComponent(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, first != UInt8(ascii: "."), name.last != UInt8(ascii: ".") else { return false }
        guard let plain = unescaped(Array(name)) else { return false }
        return plain.allSatisfy { isSmall($0) || isCapital($0) || isDigit($0) || Array("-._~".utf8).contains($0) }
    }

    private static func isCapital(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }
    private static func isSmall(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

extension ModuleVersion: CustomStringConvertible {
    package var description: String { String(decoding: treePath, as: UTF8.self) }
}

/// Versions as Go writes them: all three numbers, and no build but `+incompatible` (`module.CanonicalVersion`).
enum SemanticVersion {
    static func isCanonical(_ version: [UInt8]) -> Bool {
        var rest = version[...]
        guard rest.popFirst() == UInt8(ascii: "v") else { return false }
        let incompatible = Array("+incompatible".utf8)
        if rest.suffix(incompatible.count).elementsEqual(incompatible) { rest = rest.dropLast(incompatible.count) }
        let hyphen = rest.firstIndex(of: UInt8(ascii: "-"))
        let numbers = rest[..<(hyphen ?? rest.endIndex)].split(separator: dot, omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers.allSatisfy(isNumber) else { return false }
        guard let hyphen else { return true }
        let identifiers = rest[(hyphen + 1)...].split(separator: dot, omittingEmptySubsequences: false)
        return identifiers.allSatisfy { name in
            !name.isEmpty && name.allSatisfy(isIdentifier) && (!name.allSatisfy(isDigit) || isNumber(name))
        }
    }

    private static let dot = UInt8(ascii: ".")

    private static func isNumber(_ digits: ArraySlice<UInt8>) -> Bool {
        !digits.isEmpty && digits.allSatisfy(isDigit) && (digits.count == 1 || digits.first != UInt8(ascii: "0"))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-")
    }
}
