/// A pattern on host names: `*`, `?` and sets such as `[a-f0-9]` or `[!x]`. Corresponds to `glob(7)`; case counts
/// nothing, as in host names.
struct Glob: Sendable {
    private enum Part: Sendable {
        case any, one
        case letter(UInt8)
        case set([ClosedRange<UInt8>], isNegated: Bool)
    }

    private let parts: [Part]

    /// Returns `nil` for an empty pattern, an open `[` and characters that no host name has.
    init?(_ pattern: String) {
        var rest = Array(pattern.lowercased().utf8)[...]
        var parts: [Part] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): parts.append(.any)
            case UInt8(ascii: "?"): parts.append(.one)
            case UInt8(ascii: "["):
                guard let set = Glob.popSet(&rest) else { return nil }
                parts.append(set)
            default:
                guard isAlphanumeric(byte) || Array("._-".utf8).contains(byte) else { return nil }
                parts.append(.letter(byte))
            }
        }
        guard !parts.isEmpty else { return nil }
        self.parts = parts
    }

    private static func popSet(_ rest: inout ArraySlice<UInt8>) -> Part? {
        let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
        if isNegated { rest.removeFirst() }
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")), end > rest.startIndex else { return nil }
        var members = rest[..<end]
        rest = rest[(end + 1)...]
        var ranges: [ClosedRange<UInt8>] = []
        while let first = members.popFirst() {
            var last = first
            if members.first == UInt8(ascii: "-"), members.count > 1 {
                members.removeFirst()
                last = members.removeFirst()
            }
            guard isMember(first), isMember(last), first <= last else { return nil }
            ranges.append(first...last)
        }
        return .set(ranges, isNegated: isNegated)
    }

    private static func isMember(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || Array("._-".utf8).contains(byte) }

    /// Whether the whole name matches. Takes at most the product of both lengths, whatever the pattern.
    func matches(_ name: String) -> Bool {
        let name = Array(name.lowercased().utf8)
        var part = 0
        var position = 0
        var lastAny: (part: Int, position: Int)?
        while position < name.count {
            if part < parts.count, case .any = parts[part] {
                lastAny = (part, position)
                part += 1
            } else if part < parts.count, accepts(parts[part], name[position]) {
                part += 1
                position += 1
            } else if let any = lastAny {
                // The last star takes one more character: earlier stars need no second try.
                lastAny = (any.part, any.position + 1)
                part = any.part + 1
                position = any.position + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { if case .any = $0 { true } else { false } }
    }

    private func accepts(_ part: Part, _ byte: UInt8) -> Bool {
        switch part {
        case .any: false
        case .one: true
        case .letter(let letter): letter == byte
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
        }
    }
}
