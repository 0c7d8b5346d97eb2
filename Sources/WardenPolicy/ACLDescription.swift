internal import WardenModel
internal import WardenYAML

/// The keys of a cache's `acl`.
enum ACLDescription {
    private static let ruleType = ValueType<ACLRule>(
        schema: [
            "type": "string",
            "pattern": "^((u|user|g|group):[^:,]*|(m|mask|o|other):?):([0-7]|[rwxX-]*)$",
        ]
    ) { node, reading in
        guard let text = plainText(node, "an ACL entry", &reading, longest: 300) else { return nil }
        do throws(ACLTextError) {
            return try ACLRule(parsing: text)
        } catch {
            reading.error("bad-acl-entry", at: node.mark, error.message, "\"group:builders:rwX\"")
            return nil
        }
    }

    /// A list of entries in which nobody is named twice.
    private static let listType: ValueType<[ACLRule]> = {
        let list = ValueType<[ACLRule]>.list(of: ruleType, emptyHint: "leave 'acl' out to not look at ACLs")
        return ValueType(schema: list.schema) { node, reading in
            guard let rules = list.read(node, &reading) else { return nil }
            noteRepeated(rules, in: node, &reading)
            noteCut(rules, in: node, &reading)
            return rules
        }
    }()

    private static let defaultType = ValueType<ACLPolicy.Default>(
        schema: ["anyOf": [["enum": ["same", "none"]], listType.schema]]
    ) { node, reading in
        if case .sequence = node.content { return listType.read(node, &reading).map { .list($0) } }
        let words = ValueType<ACLPolicy.Default>.word([("same", .same), ("none", .none)])
        return words.read(node, &reading)
    }

    static let match = Field(
        "match", .word(ACLMatch.self), default: "exact",
        "exact: these entries and no others; at-least: these entries, whoever else may do what.")
    static let entries = Field(
        "entries", listType, required: true, example: ["group:builders:rwX", "other::---"],
        "Entries as setfacl writes them; X is execute on directories and executables only.")
    static let defaultList = Field(
        "default", defaultType, default: "same",
        "What new entries inherit: 'same' as the entries, 'none', or a list of its own.")

    static let type = ValueType<ACLPolicy>.record(
        [match.description, entries.description, defaultList.description]
    ) { record, reading in
        let match = record.value(match, &reading) ?? .exact
        let defaultList = record.value(defaultList, &reading) ?? .same
        guard let entries = record.value(entries, &reading) else { return nil }
        return ACLPolicy(match: match, entries: entries, defaultList: defaultList)
    }

    private static func noteCut(_ rules: [ACLRule], in node: Node, _ reading: inout Reading) {
        // As for repeated entries.
        guard case .sequence(let items) = node.content, items.count == rules.count,
            let mask = rules.last(where: { $0.tag == .mask })
        else { return }
        for (rule, item) in zip(rules, items) where rule.tag.isMasked {
            let effective = rule.offered.intersection(mask.offered)
            guard effective != rule.offered else { continue }
            reading.report(
                .maskCutsEntry, at: item.mark,
                "'\(escapedForDisplay(rule.description))' is cut to '\(effective)' by '\(mask)'",
                "leave the mask out: it is then what all entries need")
        }
    }

    private static func noteRepeated(_ rules: [ACLRule], in node: Node, _ reading: inout Reading) {
        // Wrong items are missing from `rules`: only a whole list can be matched with its nodes.
        guard case .sequence(let items) = node.content, items.count == rules.count else { return }
        var seen: [ACLRule: SourceMark] = [:]
        for (rule, item) in zip(rules, items) {
            let subject = ACLRule(
                tag: rule.tag, qualifier: rule.qualifier, rights: [], executesConditionally: false)
            if let first = seen[subject] {
                reading.report(
                    .repeatedACLEntry, at: item.mark,
                    "'\(escapedForDisplay(rule.description))' speaks of the same subject as the entry in line \(first.line)",
                    "keep one of them")
            }
            seen[subject] = item.mark
        }
    }
}

extension ACLRule {
    /// The rights that it gives on a directory, where `X` is `x`.
    fileprivate var offered: Rights { executesConditionally ? rights.union(.execute) : rights }
}
