/// Text that is no ACL entry: what was found, and what would be right.
package struct ACLTextError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence, lower case, no full stop; user data is escaped and quoted.
    package let message: String

    package init(message: String) { self.message = message }

    package var description: String { message }
}

extension ACLRule: CustomStringConvertible {
    /// Returns the rule in one spelling: `group:builders:rwX`, `user::rwx`, `mask::r-x`.
    package var description: String {
        let name =
            switch qualifier {
            case nil: ""
            case .name(let name): name
            case .id(let id): String(id)
            }
        let execute = rights.contains(.execute) ? "x" : executesConditionally ? "X" : "-"
        return "\(tag):\(name):\(rights.description.dropLast())\(execute)"
    }
}

/// setfacl's syntax, without what would hide a mistake.
extension ACLRule {
    /// Reads one entry as setfacl writes it: `user:ci:r-X`, `g:builders:rwX`, `group::7`, `o::-`, `mask:rwx`.
    ///
    /// All-digit qualifiers are ids. Dashes in rights mean nothing, no letter or dash at all means no rights, `x` beside `X`
    /// is `x`. Different from setfacl, and refused: entries without their kind (`ci:r`), `default:` (it has its own
    /// key), blanks around or between the parts, octal escapes, and ids beyond 4294967294, which setfacl takes modulo
    /// 2^32, so that 4294967296 would be root.
    package init(parsing text: String) throws(ACLTextError) {
        let entry = "'\(escapedForDisplay(text))'"
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard !text.isEmpty else { throw ACLTextError(message: "an ACL entry is empty; write one like '\(goodEntry)'") }
        if parts[0] == "d" || parts[0] == "default" {
            throw ACLTextError(
                message:
                    "the entry \(entry) starts with '\(parts[0]):'; default entries have a key of their own, 'default'")
        }
        if text.contains(",") {
            throw ACLTextError(message: "the entry \(entry) has a comma; write one entry per list item")
        }
        let kind = try EntryKind(keyword: parts[0], in: entry)
        guard (2...3).contains(parts.count), parts.count == 3 || kind.mayOmitQualifier else {
            let found = parts.count > 3 ? "more than three parts" : "no rights"
            throw ACLTextError(message: "the entry \(entry) has \(found); write it like '\(kind.example)'")
        }
        let qualifier = parts.count == 3 ? try parseQualifier(parts[1], of: kind, in: entry) : nil
        let (rights, isConditional) = try parseRights(parts[parts.count - 1], in: entry)
        self.init(
            tag: kind.tag(isNamed: qualifier != nil), qualifier: qualifier, rights: rights,
            executesConditionally: isConditional && !rights.contains(.execute))
    }
}

private let goodEntry = "group:builders:rwX"

/// The first part of an entry.
private enum EntryKind {
    case user, group, mask, other

    init(keyword: String, in entry: String) throws(ACLTextError) {
        switch keyword {
        case "user", "u": self = .user
        case "group", "g": self = .group
        case "mask", "m": self = .mask
        case "other", "o": self = .other
        default:
            throw ACLTextError(
                message: "the entry \(entry) starts with '\(escapedForDisplay(keyword))'; "
                    + "write 'user', 'group', 'mask' or 'other', as in '\(goodEntry)'")
        }
    }

    /// Whether `other:r` is as good as `other::r`. For users and groups the second part would be taken for rights.
    var mayOmitQualifier: Bool { self == .mask || self == .other }

    var example: String {
        switch self {
        case .user: "user:ci:r-X"
        case .group: goodEntry
        case .mask: "mask::rwx"
        case .other: "other::---"
        }
    }

    func tag(isNamed: Bool) -> AccessList.Tag {
        switch self {
        case .user: isNamed ? .user : .owner
        case .group: isNamed ? .group : .owningGroup
        case .mask: .mask
        case .other: .other
        }
    }
}

private func parseQualifier(
    _ text: String, of kind: EntryKind, in entry: String
) throws(ACLTextError) -> ACLRule.Qualifier? {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return nil }
    let shown = escapedForDisplay(text)
    guard kind == .user || kind == .group else {
        throw ACLTextError(
            message: "the entry \(entry) names '\(shown)', but '\(kind)' entries name nobody; write '\(kind.example)'")
    }
    // Directory services have groups like 'domain users': only blanks at the ends are a slip.
    guard !first.properties.isWhitespace, !last.properties.isWhitespace else {
        throw ACLTextError(
            message: "the entry \(entry) has a blank beside a name; write it without, as in '\(kind.example)'")
    }
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
        throw ACLTextError(message: "the entry \(entry) has a control character in the name '\(shown)'")
    }
    if let digits = octalEscape(in: text) {
        throw ACLTextError(
            message:
                "the entry \(entry) has the octal escape '\(escapedForDisplay(digits))'; write the character itself, or an id"
        )
    }
    guard text.utf8.allSatisfy({ isDigit($0) }) else { return .name(text) }
    guard let id = UInt32(text), id != AccessList.invalidID else {
        throw ACLTextError(message: "the entry \(entry) has the id \(text); ids end at 4294967294")
    }
    return .id(id)
}

/// Returns the first backslash with three octal digits, which setfacl would turn into one byte.
private func octalEscape(in text: String) -> String? {
    let bytes = Array(text.utf8)
    for start in bytes.indices where bytes[start] == UInt8(ascii: "\\") && start + 3 < bytes.count {
        let escape = bytes[start...start + 3]
        if escape.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) {
            return String(decoding: escape, as: UTF8.self)
        }
    }
    return nil
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

private func parseRights(
    _ text: String, in entry: String
) throws(ACLTextError) -> (rights: Rights, isConditional: Bool) {
    if text.utf8.count == 1, let digit = text.utf8.first, isDigit(digit), digit <= UInt8(ascii: "7") {
        return (Rights(rawValue: digit - UInt8(ascii: "0")), false)
    }
    var rights = Rights()
    var isConditional = false
    for letter in text where letter != "-" {
        let right = rightsOfLetter[letter]
        guard right != nil || letter == "X" else {
            throw ACLTextError(message: "the entry \(entry) has \(described(letter)) in its rights; \(goodRights)")
        }
        guard right.map({ rights.isDisjoint(with: $0) }) ?? !isConditional else {
            throw ACLTextError(message: "the entry \(entry) has '\(letter)' twice in its rights; \(goodRights)")
        }
        if let right { rights.formUnion(right) } else { isConditional = true }
    }
    return (rights, isConditional)
}

private let goodRights = "write letters of 'rwxX', dashes, or one digit from 0 to 7"

private let rightsOfLetter: [Character: Rights] = ["r": .read, "w": .write, "x": .execute]

private func described(_ letter: Character) -> String {
    letter.isWhitespace ? "a blank" : "'\(escapedForDisplay(String(letter)))'"
}
