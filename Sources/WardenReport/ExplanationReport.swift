internal import FoundationEssentials
internal import SystemPackage
package import WardenModel

/// The explanation of one entry, for people and for programs.
package struct ExplanationReport {
    package static let schema = "cachewarden.explain/1"

    private let explanation: EntryExplanation
    private let names: AccountNames

    package init(_ explanation: EntryExplanation) {
        self.explanation = explanation
        names = AccountNames(users: explanation.userNames, groups: explanation.groupNames)
    }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        let entry = explanation.entry
        page.line(.init(noun(entry.role, 1).drop { $0 != " " }.dropFirst().description, .strong), "  \(entry.path)")
        page.field(
            "cache",
            "\(escapedForDisplay(explanation.cache)) '\(escapedForDisplay(explanation.root.string))'"
                + (explanation.policy.map { ", policy '\(escapedForDisplay($0))'" } ?? ", no policy"))
        page.field("size", "\(entry.size), \(entry.allocated) on disk")
        page.field("rights", "\(names.name(entry.owner)):\(names.name(entry.group)) \(entry.mode)")
        page.field("mtime", entry.modified.description)
        page.field("atime", entry.accessed.description)
        if let lastUse = explanation.lastUse {
            page.field("last use", "\(lastUse)" + (explanation.signal.map { ": \($0.text)" } ?? ""))
        }
        writePair(on: &page)
        write("Kept because", explanation.keeps, until: "until", on: &page)
        write("Would go", explanation.removes, until: "at", on: &page)
        return page.text
    }

    private func writePair(on page: inout TextPage) {
        let others = explanation.pair.filter { $0.path != explanation.entry.path }
        guard !others.isEmpty else { return }
        page.heading("Stands and falls with")
        for other in others.prefix(12) {
            page.paragraph(
                "\(other.path), \(other.allocated), \(names.name(other.owner)), last use \(other.lastUse)",
                lead: .init("  \(padded(other.role.rawValue, 10)) ", .faint))
        }
        if others.count > 12 { page.paragraph("and \(grouped(others.count - 12)) more", lead: "  ") }
    }

    private func write(
        _ title: String, _ reasons: [EntryExplanation.Reason], until word: String, on page: inout TextPage
    ) {
        guard !reasons.isEmpty else { return }
        page.heading(title)
        for reason in reasons {
            page.paragraph(reason.text + (reason.at.map { ", \(word) \($0)" } ?? ""), lead: "  - ")
        }
    }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package func renderJSON() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        func reasons(_ list: [EntryExplanation.Reason]) -> JSONValue {
            .array(list.map { ["text": .string($0.text), "at": .text($0.at?.description)] })
        }
        let document: JSONValue = [
            "schema": .string(Self.schema), "cache": .string(explanation.cache),
            "root": .string(explanation.root.string), "policy": .text(explanation.policy),
            "entry": value(of: explanation.entry), "pair": .array(explanation.pair.map(value(of:))),
            "last-use": .text(explanation.lastUse?.description), "signal": .text(explanation.signal?.text),
            "keeps": reasons(explanation.keeps), "removes": reasons(explanation.removes),
        ]
        return try Array(encoder.encode(document)) + [UInt8(ascii: "\n")]
    }

    private func value(of entry: EntryObservation) -> JSONValue {
        [
            "path": .encodable(entry.path), "role": .string(entry.role.rawValue),
            "kind": .string(entry.kind.rawValue), "inode": .unsigned(entry.inode),
            "owner": [
                "id": .unsigned(UInt64(entry.owner.rawValue)), "name": .text(explanation.userNames[entry.owner]),
            ],
            "group": [
                "id": .unsigned(UInt64(entry.group.rawValue)), "name": .text(explanation.groupNames[entry.group]),
            ],
            "mode": .string(entry.mode.description), "size-bytes": .unsigned(entry.size.rawValue),
            "allocated-bytes": .unsigned(entry.allocated.rawValue), "modified": .string(entry.modified.description),
            "accessed": .string(entry.accessed.description), "last-use": .string(entry.lastUse.description),
        ]
    }
}
