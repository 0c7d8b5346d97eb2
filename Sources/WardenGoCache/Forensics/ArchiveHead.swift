package import WardenModel

/// The beginning of a package archive: which Go wrote it, and where the object stands.
///
/// An archive is ar(5). Its first member, `__.PKGDEF`, is for importers and begins with a line of text:
/// `go object linux amd64 go1.27.3 GOAMD64=v1 X:…`. The second, `_go_.o`, is what the linker takes.
package struct ArchiveHead {
    package let platform: BuildPlatform
    /// Where the header of the object's member stands in the file.
    package let object: UInt64

    static let memberHeaderLength = 60
    private static let start = 8

    /// Returns `nil` for what the compiler has not written.
    package init?(beginning: [UInt8]) {
        guard beginning.starts(with: "!<arch>\n__.PKGDEF ".utf8),
            let size = Self.size(of: beginning[Self.start...]),
            let platform = Self.platform(beginning[(Self.start + Self.memberHeaderLength)...])
        else { return nil }
        self.platform = platform
        object = UInt64(Self.start + Self.memberHeaderLength) + size + size % 2
    }

    /// Returns how long a member is, from its header: ten columns from the 48th.
    private static func size(of header: ArraySlice<UInt8>) -> UInt64? {
        guard header.count > memberHeaderLength else { return nil }
        let column = header.dropFirst(48).prefix(10).filter { $0 != UInt8(ascii: " ") }
        return UInt64(String(decoding: column, as: UTF8.self))
    }

    private static func platform(_ text: ArraySlice<UInt8>) -> BuildPlatform? {
        guard let end = text.prefix(1_024).firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        var words = text[..<end].split(separator: UInt8(ascii: " ")).map { escapedForDisplay($0) }
        guard words.count >= 5, words[0] == "go", words[1] == "object" else { return nil }
        // "devel go1.28-4d9c1b2 Mon …": the second word is the name.
        if words[4] == "devel", words.count > 5 { words.remove(at: 4) }
        return BuildPlatform(
            version: words[4], system: words[2], architecture: words[3],
            options: words[5...].filter { $0.hasPrefix("GO") && $0.contains("=") || $0.hasPrefix("X:") })
    }
}
