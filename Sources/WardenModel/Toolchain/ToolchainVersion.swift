/// A Go release as its toolchain spells it: `go1.27.3`, or `devel go1.28-4b1f2e6 …` of one that somebody built.
///
/// The first line of `VERSION` in `GOROOT` and what `go version` prints behind its own name are the same text
/// (`findgoversion` in <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/dist/build.go>).
package struct ToolchainVersion: Hashable, Sendable {
    /// How long a version may be, in bytes.
    package static let longest = 128

    /// Printable ASCII.
    package let text: String

    /// Returns `nil` for what no Go toolchain says of itself.
    package init?(_ text: some StringProtocol) {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
        guard text.hasPrefix("go") || text.hasPrefix("devel "), isPlain, !text.hasSuffix(" "),
            text.utf8.count > 2, text.utf8.count <= Self.longest
        else { return nil }
        self.text = String(text)
    }

    /// Returns the version that a toolchain's `VERSION` begins with; `nil` where it is no such file.
    package init?(versionFile content: [UInt8]) {
        let line = content.prefix { $0 != UInt8(ascii: "\n") }
        guard let text = String(validating: line, as: UTF8.self) else { return nil }
        self.init(text)
    }

    /// Returns the version in the output of `go version`: `go version VERSION OS/ARCHITECTURE`, one line; else `nil`.
    package init?(commandOutput output: [UInt8]) {
        let start = "go version "
        guard output.firstIndex(of: UInt8(ascii: "\n")) == output.count - 1,
            let text = String(validating: output, as: UTF8.self), text.hasPrefix(start),
            let platform = text.lastIndex(of: " "), platform > text.index(text.startIndex, offsetBy: start.count)
        else { return nil }
        self.init(text[text.index(text.startIndex, offsetBy: start.count)..<platform])
    }
}

extension ToolchainVersion: CustomStringConvertible {
    package var description: String { text }
}
