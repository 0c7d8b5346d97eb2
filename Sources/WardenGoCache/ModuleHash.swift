/// What a `.ziphash` and a line of go.sum say of a module version: `h1:`, and a SHA-256 over all its files in base64.
///
/// `Hash1` in <https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash>: the digest of one line for each file, sorted by name,
/// with the file's SHA-256 in hexadecimal, two spaces and `module@version/path`.
package struct ModuleHash: Hashable, Sendable {
    /// A file of an unpacked version.
    package struct File: Hashable, Sendable {
        /// Below the version's tree.
        package let path: [UInt8]
        /// The SHA-256 of its content, 32 bytes.
        package let digest: [UInt8]

        package init(path: [UInt8], digest: [UInt8]) {
            self.path = path
            self.digest = digest
        }
    }

    /// How many bytes of a `.ziphash` are worth reading: a hash has 47, and Go takes white space around it.
    package static let longest = 256

    /// `h1:` and 44 characters.
    package let text: String

    /// Takes what a `.ziphash` holds; `nil` for what is no such hash.
    package init?(parsing content: [UInt8]) {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || 0x09...0x0d ~= $0 }
        let rest = content.drop(while: isSpace)
        let word = rest.prefix { !isSpace($0) }
        guard rest.dropFirst(word.count).allSatisfy(isSpace), word.count == 47, word.starts(with: "h1:".utf8),
            word.dropFirst(3).dropLast().allSatisfy({ Base64.alphabet.contains($0) }), word.last == UInt8(ascii: "=")
        else { return nil }
        text = String(decoding: word, as: UTF8.self)
    }

    /// Returns the hash of a version's files, in any order.
    ///
    /// `nil` where a name has a line break, of which Go makes no hash either (`dirhash: filenames with newlines are not
    /// supported`).
    ///
    /// - Parameter sha256: Returns the SHA-256 of some bytes, which are all the lines.
    package init?(of files: [File], in version: ModuleVersion, sha256: ([UInt8]) -> [UInt8]) {
        let prefix = version.unescaped + [UInt8(ascii: "/")]
        let files = version.isToolchain ? Self.withoutCopies(files) : files
        guard files.allSatisfy({ !$0.path.contains(0x0a) }) else { return nil }
        var lines: [UInt8] = []
        for file in files.sorted(by: { $0.path.lexicographicallyPrecedes($1.path) }) {
            for byte in file.digest {
                lines.append(Self.digit(byte >> 4))
                lines.append(Self.digit(byte & 15))
            }
            lines += [0x20, 0x20]
            lines += prefix
            lines += file.path
            lines.append(0x0a)
        }
        text = "h1:" + Base64.encode(sha256(lines))
    }

    /// Leaves out what Go itself puts beside the files of an unpacked toolchain: no module may hold another's go.mod, so
    /// its archive has `_go.mod`, and Go copies each to `go.mod` (`NewerToolchain` in cmd/go/internal/toolchain).
    private static func withoutCopies(_ files: [File]) -> [File] {
        let name = Array("go.mod".utf8)
        func isGoMod(_ path: [UInt8]) -> Bool {
            path.suffix(name.count).elementsEqual(name)
                && (path.count == name.count || path[path.count - name.count - 1] == UInt8(ascii: "/"))
        }
        let originals = Set(files.filter { $0.path.suffix(7).elementsEqual("_go.mod".utf8) })
        return files.filter { file in
            guard isGoMod(file.path) else { return true }
            let original = File(
                path: file.path.dropLast(name.count) + Array("_go.mod".utf8), digest: file.digest)
            return !originals.contains(original)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }
}

extension ModuleHash: CustomStringConvertible {
    package var description: String { text }
}

/// The standard encoding of RFC 4648, with padding.
private enum Base64 {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
