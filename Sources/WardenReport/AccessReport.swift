internal import SystemPackage
package import WardenModel

/// Who can do what with a path and why, for people and for programs.
package struct AccessReport {
    package static let schema = "cachewarden.access/1"

    private let matrix: AccessMatrix
    private let names: AccountNames
    private let wording: AccessWording

    package init(_ matrix: AccessMatrix) {
        self.matrix = matrix
        names = AccountNames(users: matrix.names.users, groups: matrix.names.groups)
        wording = AccessWording(names: names)
    }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        page.line(.init(escapedForDisplay(matrix.path.path.string), .strong))
        page.paragraph(
            "\(matrix.path.node.kind.rawValue.replacing("-", with: " ")), \(names.description(of: matrix.path.node))",
            lead: "  ", paint: .faint)
        page.blank()
        writeTable(on: &page)
        page.heading("Why")
        for subject in matrix.subjects {
            for sentence in sentences(subject) { page.paragraph(sentence, lead: "  - ") }
        }
        return page.text
    }

    private func writeTable(on page: inout TextPage) {
        let labels = matrix.subjects.map(wording.label)
        let width = max(labels.map(\.count).max() ?? 0, 6)
        let heads = matrix.operations.map { padded($0.rawValue, $0.rawValue.count + 2) }
        page.line(.init("  \(padded("", width))  \(heads.joined())".trimmed, .faint))
        for (subject, label) in zip(matrix.subjects, labels) {
            let cells = zip(matrix.operations, heads).map { operation, head in
                padded(matrix.path.verdict(for: subject, operation).answer.rawValue, head.count)
            }
            page.line(.init("  \(padded(label, width))  \(cells.joined())".trimmed, .none))
        }
    }

    /// Returns one sentence for all operations that the same thing decides.
    private func sentences(_ subject: AccessSubject) -> [String] {
        var groups: [(verdict: AccessVerdict, operations: [AccessOperation])] = []
        for operation in matrix.operations {
            let verdict = matrix.path.verdict(for: subject, operation)
            if let index = groups.firstIndex(where: { $0.verdict == verdict }) {
                groups[index].operations.append(operation)
            } else {
                groups.append((verdict, [operation]))
            }
        }
        return groups.map { wording.sentence(subject, $0.operations, $0.verdict) }
    }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package func renderJSON() throws -> [UInt8] {
        let node = matrix.path.node
        let document: JSONValue = [
            "schema": .string(Self.schema), "path": .string(matrix.path.path.string),
            "kind": .string(node.kind.rawValue),
            "owner": ["id": .unsigned(UInt64(node.owner.rawValue)), "name": .text(matrix.names.users[node.owner])],
            "group": ["id": .unsigned(UInt64(node.group.rawValue)), "name": .text(matrix.names.groups[node.group])],
            "mode": .string(node.mode.description), "acl": .text(node.accessList.map { $0.description }),
            "subjects": .array(matrix.subjects.map(value(of:))),
        ]
        return try JSONText.encode(document)
    }

    private func value(of subject: AccessSubject) -> JSONValue {
        let operations = matrix.operations.map { operation -> (String, JSONValue) in
            let verdict = matrix.path.verdict(for: subject, operation)
            let answer: JSONValue = [
                "answer": .string(verdict.answer.rawValue), "because": .string(wording.reason(verdict)),
                "at": .text(verdict.place?.string),
            ]
            return (operation.rawValue, answer)
        }
        return [
            "kind": .string(subject.kind.rawValue), "name": .text(subject.name.isEmpty ? nil : subject.name),
            "id": subject.user.map { .unsigned(UInt64($0.rawValue)) } ?? .null,
            "groups": .array(subject.groups.map(\.rawValue).sorted().map { .unsigned(UInt64($0)) }),
            "operations": .object(Dictionary(operations) { $1 }),
        ]
    }
}

extension String {
    /// Without the blanks at its end.
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
