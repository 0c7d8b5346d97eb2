/// The `module` line of a go.mod (<https://go.dev/ref/mod#go-mod-file-module>).
package struct ModuleDeclaration: Sendable {
    /// The longest path that is believed; longer ones are nobody's.
    private static let longest = 256  // bytes

    /// The module's path; `nil` where the file has no such line.
    package let path: String?

    package init(parsing content: [UInt8]) {
        var isBlock = false
        for line in content.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line.prefix(4_096), as: UTF8.self)
            let words = Self.words(text)
            guard let first = words.first else { continue }
            let declared: String? = isBlock ? first : first == "module" ? words.dropFirst().first : nil
            guard let declared else { continue }
            if declared == "(" {
                isBlock = true
                continue
            }
            let plain = declared.trimmingQuotes
            path = plain.isEmpty || plain.utf8.count > Self.longest ? nil : plain
            return
        }
        path = nil
    }

    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        for word in line.split(whereSeparator: \.isWhitespace) {
            guard !word.hasPrefix("//") else { break }
            words.append(String(word))
        }
        return words
    }
}

extension String {
    fileprivate var trimmingQuotes: String {
        guard count > 1, let first, first == last, first == "\"" || first == "`" else { return self }
        return String(dropFirst().dropLast())
    }
}
