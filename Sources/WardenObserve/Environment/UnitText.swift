/// What unit files and their like say: `KEY=value` lines in sections (`systemd.syntax(7)`).
enum UnitText {
    struct Setting: Hashable, Sendable {
        let key: String
        let value: String
        /// From 1.
        let line: Int
    }

    /// Returns the settings of a section with one of these keys, in their order.
    static func settings(_ text: String, section: String, keys: Set<String>) -> [Setting] {
        var isInside = false
        var found: [Setting] = []
        for (number, line) in EnvironmentText.lines(text) {
            if line.hasPrefix("[") {
                isInside = line.hasPrefix("[\(section)]")
                continue
            }
            guard isInside, let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals].split { $0 == " " || $0 == "\t" }.joined()
            guard keys.contains(key) else { continue }
            let value = line[line.index(after: equals)...].drop { $0 == " " || $0 == "\t" }
            found.append(Setting(key: key, value: String(value), line: number))
        }
        return found
    }

    /// Returns a value with its specifiers (`systemd.unit(5)`, "Specifiers"): `%%` is a per cent sign, any other is known
    /// to the manager alone.
    static func template(_ text: Substring) -> ValueTemplate {
        var value = ValueTemplate()
        var rest = text
        while let character = rest.first {
            rest = rest.dropFirst()
            guard character == "%", let specifier = rest.first else {
                value.append(character)
                continue
            }
            rest = rest.dropFirst()
            if specifier == "%" { value.append("%") } else { value.pieces.append(.computed) }
        }
        return value
    }

    /// Whether a command line of `Exec…=` runs `go`, itself or by a shell's `-c`.
    static func runsGo(_ command: String) -> Bool {
        let words = command.drop { "-@:+!".contains($0) }.split { " \t\"'();&|=".contains($0) }
        return words.contains { word in
            let name = word.split(separator: "/").last ?? ""
            return name == "go" && (word == "go" || word.hasPrefix("/"))
        }
    }
}
