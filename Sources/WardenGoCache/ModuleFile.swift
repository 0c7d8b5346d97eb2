/// Which versions the files of a module or a workspace name: `go.mod`, `go.sum`, `go.work`, `go.work.sum`.
///
/// Read more generously than Go reads them: whatever looks like a module and a version counts, replaced and excluded
/// ones too. A version that is named once too often is only kept a while longer.
package struct ModuleFile: Sendable {
    package let versions: Set<ModuleVersion>
    /// The directories of a workspace's modules, as `use` spells them.
    package let uses: [String]

    package init(parsing content: [UInt8]) {
        var versions: Set<ModuleVersion> = []
        var uses: [String] = []
        var isUseBlock = false
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let words = Self.words(line)
            guard let first = words.first else { continue }
            if isUseBlock {
                if first == ")" { isUseBlock = false } else { uses.append(first) }
                continue
            }
            if first == "use" {
                if words.count > 1, words[1] == "(" { isUseBlock = true } else { uses += words.dropFirst().prefix(1) }
                continue
            }
            for (path, version) in zip(words, words.dropFirst()) {
                // go.sum has lines for go.mod files alone: `example.com/a v1.0.0/go.mod h1:…`.
                let plain = version.hasSuffix("/go.mod") ? version.dropLast("/go.mod".count) : version[...]
                if let found = ModuleVersion(path: path, version: plain) { versions.insert(found) }
            }
        }
        self.versions = versions
        self.uses = uses
    }

    /// Returns a line's words up to a comment, without the quotes that a word may stand in.
    private static func words(_ line: ArraySlice<UInt8>) -> [String] {
        var words: [String] = []
        for word in line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) {
            guard !word.starts(with: Array("//".utf8)) else { break }
            let isQuoted =
                word.count > 1 && word.first == word.last
                && (word.first == UInt8(ascii: "\"") || word.first == UInt8(ascii: "`"))
            words.append(String(decoding: isQuoted ? word.dropFirst().dropLast() : word, as: UTF8.self))
        }
        return words
    }
}
