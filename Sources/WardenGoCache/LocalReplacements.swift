/// The `replace` lines of a go.mod that name folders (<https://go.dev/ref/mod#go-mod-file-replace>).
package struct LocalReplacements: Sendable {
    package struct Replacement: Hashable, Sendable {
        package let module: String
        /// As it is written: it begins with `./`, `../` or `/`.
        package let folder: String
    }

    package let all: [Replacement]

    package init(parsing content: [UInt8]) {
        var all: [Replacement] = []
        var isBlock = false
        for line in content.split(separator: UInt8(ascii: "\n")) {
            var words = Self.words(String(decoding: line.prefix(4_096), as: UTF8.self))
            guard let first = words.first else { continue }
            if isBlock {
                isBlock = first != ")"
            } else {
                guard first == "replace" else { continue }
                words.removeFirst()
                isBlock = words.first == "("
            }
            guard let module = words.first, let arrow = words.firstIndex(of: "=>"), arrow + 1 < words.count else {
                continue
            }
            let target = words[arrow + 1]
            guard ["./", "../", "/"].contains(where: target.hasPrefix) || target == "." || target == ".." else {
                continue
            }
            all.append(Replacement(module: module, folder: target))
        }
        self.all = all
    }

    private static func words(_ line: String) -> [String] {
        let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line[...]
        return code.split(whereSeparator: \.isWhitespace).map { word in
            guard word.count > 1, let quote = word.first, quote == word.last, "\"`".contains(quote) else {
                return String(word)
            }
            return String(word.dropFirst().dropLast())
        }
    }
}
