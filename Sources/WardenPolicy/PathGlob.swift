/// A pattern on paths below a cache root: `*` and `?` within a component, `**` for any number of components.
///
/// Names on disk need not be UTF-8: patterns and paths are compared byte by byte, and case counts. `?` stands for one
/// character, or for one byte where the bytes are no UTF-8.
package struct PathGlob: Hashable, Sendable {
    private enum Part: Hashable, Sendable {
        case any, one
        case byte(UInt8)
    }

    private enum Component: Hashable, Sendable {
        /// `**`: no component, or any number of them.
        case across
        case name([Part])
    }

    /// As it was written.
    package let text: String
    private let components: [Component]

    /// Returns `nil` for what is no relative path in its plainest spelling, and for `[`, `]`, `{`, `}` and `\`, which
    /// other tools give a meaning.
    package init?(_ text: String) {
        let reserved = Array("[]{}\\".utf8)
        guard !text.isEmpty, !text.utf8.contains(where: { reserved.contains($0) || $0 == 0 }) else { return nil }
        var components: [Component] = []
        for word in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let word = String(Substring(word))
            guard word != "", word != ".", word != ".." else { return nil }
            if word == "**" {
                // Two in a row say what one says, and would only be tried in vain.
                if components.last != .across { components.append(.across) }
                continue
            }
            guard !word.contains("**") else { return nil }
            components.append(.name(word.utf8.map(Self.part)))
        }
        self.text = text
        self.components = components
    }

    private static func part(_ byte: UInt8) -> Part {
        switch byte {
        case UInt8(ascii: "*"): .any
        case UInt8(ascii: "?"): .one
        default: .byte(byte)
        }
    }

    /// Whether the whole path matches. Takes at most the product of both lengths, whatever the pattern.
    ///
    /// - Parameter path: A path below the root, without a slash at either end.
    package func matches(_ path: [UInt8]) -> Bool {
        let names = path.split(separator: UInt8(ascii: "/"))
        var component = 0
        var name = 0
        var lastAcross: (component: Int, name: Int)?
        while name < names.count {
            if component < components.count, case .across = components[component] {
                lastAcross = (component, name)
                component += 1
            } else if component < components.count, case .name(let parts) = components[component],
                Self.matches(parts, names[name])
            {
                component += 1
                name += 1
            } else if let across = lastAcross {
                // The last `**` takes one more component: earlier ones need no second try.
                lastAcross = (across.component, across.name + 1)
                component = across.component + 1
                name = across.name + 1
            } else {
                return false
            }
        }
        return components[component...].allSatisfy { $0 == .across }
    }

    private static func matches(_ parts: [Part], _ name: ArraySlice<UInt8>) -> Bool {
        var part = 0
        var position = name.startIndex
        var lastAny: (part: Int, position: Int)?
        while position < name.endIndex {
            if part < parts.count, case .any = parts[part] {
                lastAny = (part, position)
                part += 1
            } else if part < parts.count, let length = length(of: parts[part], in: name[position...]) {
                part += 1
                position += length
            } else if let any = lastAny {
                lastAny = (any.part, any.position + 1)
                part = any.part + 1
                position = any.position + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .any }
    }

    /// Returns how many bytes a part takes of what is left of a name; `nil` where it does not match.
    private static func length(of part: Part, in rest: ArraySlice<UInt8>) -> Int? {
        switch part {
        case .any: nil
        case .byte(let byte): rest.first == byte ? 1 : nil
        case .one: characterLength(rest)
        }
    }

    /// Returns the bytes of the first character; 1 where they are no UTF-8.
    private static func characterLength(_ rest: ArraySlice<UInt8>) -> Int {
        let first = rest.first ?? 0
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
        let following = rest.dropFirst().prefix(length - 1)
        return following.count == length - 1 && following.allSatisfy { $0 & 0xc0 == 0x80 } ? length : 1
    }
}

/// Which files of a directory may be evicted.
package struct PathSelection: Hashable, Sendable {
    /// Empty means every file.
    package var include: [PathGlob] = []
    /// Stronger than `include`.
    package var exclude: [PathGlob] = []

    package init(include: [PathGlob] = [], exclude: [PathGlob] = []) {
        self.include = include
        self.exclude = exclude
    }

    /// Whether it speaks of every file.
    package var isEverything: Bool { include.isEmpty && exclude.isEmpty }

    /// Whether a file with this path below the root may go.
    package func contains(_ path: [UInt8]) -> Bool {
        guard !exclude.contains(where: { $0.matches(path) }) else { return false }
        return include.isEmpty || include.contains { $0.matches(path) }
    }
}
