/// The forms in which files set variables for processes.
package enum EnvironmentText {
    /// Reads a script of `sh(1)`: assignments, `export`, `unset`. Nothing else is understood, and nothing is run.
    package static func shell(_ text: String) -> [Assignment] {
        var assignments: [Assignment] = []
        var depth = 0
        for (number, line) in lines(text) {
            let words = line.split { " \t;".contains($0) }
            for word in words {
                if ["if", "case", "for", "while", "until", "{"].contains(word) || word.hasSuffix("(){") { depth += 1 }
                if ["fi", "esac", "done", "}"].contains(word) { depth = max(0, depth - 1) }
            }
            let isConditional = depth > 0 || line.contains("&&") || line.contains("||")
            for command in commands(line) {
                assignments += Self.assignments(in: command, number, isConditional)
            }
        }
        return assignments
    }

    /// Reads `environment.d(5)`: `KEY=VALUE` with quotes and backslashes, and `${OTHER}` even between single quotes.
    package static func environmentD(_ text: String) -> [Assignment] {
        lines(text).compactMap { number, line in
            var scanner = TemplateScanner(line)
            guard let name = scanner.name(), scanner.take("=") else { return nil }
            return Assignment(name: name, value: scanner.environmentDValue(), line: number)
        }
    }

    /// Reads `/etc/environment` as `pam_env(8)` does: `KEY=VALUE`, perhaps behind `export`, one pair of quotes around it,
    /// and no variables.
    package static func pam(_ text: String) -> [Assignment] {
        lines(text).compactMap { number, line in
            var scanner = TemplateScanner(line.hasPrefix("export ") ? line.dropFirst(7) : line)
            scanner.skipBlanks()
            guard let name = scanner.name(), scanner.take("=") else { return nil }
            var value = scanner.rest.prefix { $0 != "#" }
            while value.last == " " || value.last == "\t" { value = value.dropLast() }
            if let quote = value.first, quote == "\"" || quote == "'" {
                value = value.dropFirst()
                if value.last == quote { value = value.dropLast() }
            }
            return Assignment(
                name: name, value: ValueTemplate(pieces: [.text(String(value))]), line: number)
        }
    }

    /// Reads `DefaultEnvironment=` in the section `[Manager]` of `systemd-system.conf(5)`; an empty one resets the list.
    package static func manager(_ text: String) -> [Assignment] {
        assignments(UnitText.settings(text, section: "Manager", keys: ["DefaultEnvironment"]))
    }

    /// Reads `Environment=` of a unit (`systemd.exec(5)`), with the same rules.
    package static func service(_ text: String) -> [Assignment] {
        assignments(UnitText.settings(text, section: "Service", keys: ["Environment"]))
    }

    private static func assignments(_ settings: [UnitText.Setting]) -> [Assignment] {
        var assignments: [Assignment] = []
        for setting in settings {
            if setting.value.isEmpty {
                assignments += Set(assignments.map(\.name)).sorted().map {
                    Assignment(name: $0, value: nil, line: setting.line)
                }
            }
            assignments += variables(setting.value[...], setting.line)
        }
        return assignments
    }

    /// Reads what `EnvironmentFile=` names: `KEY=VALUE` with quotes and backslashes, and no variables.
    package static func environmentFile(_ text: String) -> [Assignment] {
        lines(text).compactMap { number, line in
            var scanner = TemplateScanner(line)
            guard let name = scanner.name(), scanner.take("=") else { return nil }
            return Assignment(
                name: name, value: ValueTemplate(pieces: [.text(scanner.plainValue())]), line: number)
        }
    }

    /// Reads a list of `"NAME=value"`, with quotes around each as a whole (`systemd.syntax(7)`, "Quoting").
    private static func variables(_ text: Substring, _ number: Int) -> [Assignment] {
        var scanner = TemplateScanner(text)
        var found: [Assignment] = []
        while !scanner.rest.isEmpty {
            // A dollar sign has no meaning there; %% is a per cent sign.
            let word = scanner.word { $0 == " " || $0 == "\t" }
            let text = word.resolved { "$" + $0 } ?? ""
            if let equals = text.firstIndex(of: "=") {
                let value = UnitText.template(text[text.index(after: equals)...])
                found.append(Assignment(name: String(text[..<equals]), value: value, line: number))
            }
            scanner.skipBlanks()
        }
        return found
    }

    // MARK: - Lines

    /// Returns lines without indentation, comments and empty ones left out; a backslash at its end joins the next.
    static func lines(_ text: String) -> [(number: Int, line: Substring)] {
        var result: [(Int, Substring)] = []
        var begun: (number: Int, text: String)?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let part = (begun?.text ?? "") + String(line.drop { $0 == " " || $0 == "\t" })
            let number = begun?.number ?? index + 1
            if part.hasSuffix("\\"), !part.hasSuffix("\\\\") {
                begun = (number, String(part.dropLast()))
                continue
            }
            begun = nil
            guard let first = part.first, first != "#", first != ";" else { continue }
            result.append((number, part[...]))
        }
        return result
    }

    /// Returns the commands of a line of a script: what stands between `;`, `&&`, `||`, `then`, `do`, `else`.
    private static func commands(_ line: Substring) -> [Substring] {
        var commands: [Substring] = []
        var scanner = TemplateScanner(line)
        while !scanner.rest.isEmpty {
            let start = scanner.rest
            _ = scanner.word { ";&|".contains($0) }
            let command = start[..<scanner.rest.startIndex]
            commands.append(command)
            while scanner.take(";") || scanner.take("&") || scanner.take("|") {}
        }
        return commands.map { command in
            var command = command.drop { $0 == " " || $0 == "\t" }
            for word in ["then ", "do ", "else "] where command.hasPrefix(word) {
                command = command.dropFirst(word.count).drop { $0 == " " || $0 == "\t" }
            }
            return command
        }
    }

    private static func assignments(in command: Substring, _ number: Int, _ isConditional: Bool) -> [Assignment] {
        var scanner = TemplateScanner(command)
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        if command.hasPrefix("unset ") {
            return command.dropFirst(6).split(separator: " ").filter { !$0.hasPrefix("-") }.map {
                Assignment(name: String($0), value: nil, line: number, isConditional: isConditional)
            }
        }
        var isExported = false
        for word in ["export ", "declare -x ", "typeset -x "] where command.hasPrefix(word) {
            scanner = TemplateScanner(command.dropFirst(word.count))
            isExported = true
        }
        var found: [Assignment] = []
        scanner.skipBlanks()
        while let name = scanner.name() {
            let isSet = scanner.take("=")
            guard isSet || isExported else { return [] }
            // `export NAME` gives away what it is by then.
            let value =
                isSet
                ? scanner.word(endingAt: isBlank)
                : ValueTemplate(pieces: [.variable(name, otherwise: nil, instead: nil)])
            found.append(
                Assignment(
                    name: name, value: value, line: number, isConditional: isConditional, isExported: isExported))
            scanner.skipBlanks()
        }
        // `NAME=value command` sets it for that command alone.
        return scanner.rest.isEmpty || scanner.rest.first == "#" ? found : []
    }
}
