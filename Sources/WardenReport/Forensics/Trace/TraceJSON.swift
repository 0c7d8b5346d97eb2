package import SystemPackage
package import WardenModel

/// What happens in a cache while it is traced, for programs: each line is an object, and says in `kind` what it is.
///
/// Text of others is escaped where it is gathered; what could act on a terminal all the same is escaped here.
package struct TraceJSON {
    package static let schema = "cachewarden.trace/1"

    package init() {}

    /// Returns the first line, in UTF-8 with a line break at its end. Throws only what `JSONEncoder` throws.
    package func start(_ opening: TraceOpening) throws -> [UInt8] {
        try line("start", head(of: opening))
    }

    /// Returns a line for each entry.
    package func lines(of entries: [TracedEntry], userNames: [UserID: String]) throws -> [UInt8] {
        let names = AccountNames(users: userNames, groups: [:])
        return try entries.reduce(into: []) { $0 += try line("entry", fields(of: $1, names)) }
    }

    /// Returns the last line: what all of it adds up to.
    package func summary(_ report: TraceReport) throws -> [UInt8] {
        try line("summary", TraceSummaryForm(report).fields.merging(head(of: report.opening)) { first, _ in first })
    }

    private func line(_ kind: String, _ fields: [String: JSONValue]) throws -> [UInt8] {
        var fields = fields
        fields["schema"] = .string(Self.schema)
        fields["kind"] = .string(kind)
        return try JSONText.encode(JSONValue.object(fields), layout: .compact)
    }

    private func head(of opening: TraceOpening) -> [String: JSONValue] {
        [
            "cache": .string(escapedForDisplay(opening.cache)),
            "path": .string(escapedForDisplay(opening.root.string)),
            "policy": .text(opening.policy.map { escapedForDisplay($0) }), "method": .string(opening.method.rawValue),
            "obstacle": .text(opening.obstacle?.rawValue), "hits": .bool(opening.tellsReads),
            "started": .string(opening.startedAt.description),
        ]
    }

    private func fields(of entry: TracedEntry, _ names: AccountNames) -> [String: JSONValue] {
        [
            "at": .string(entry.at.description), "event": .string(entry.event.rawValue),
            "path": .string(entry.path.description), "bytes": entry.size.map { .unsigned($0.rawValue) } ?? .null,
            "content": .text(entry.content), "package": Self.safe(entry.package),
            "owner": .text(entry.owner.map { names.name($0) }), "user": .text(entry.user.map { names.name($0) }),
            "uid": entry.user.map { .unsigned(UInt64($0.rawValue)) } ?? .null,
            "process": entry.process.map(Self.value(of:)) ?? .null,
            "go": entry.process?.command.map(Self.value(of:)) ?? .null,
        ]
    }

    private static func value(of process: TracedProcess) -> JSONValue {
        [
            "pid": .integer(Int64(process.id)), "started": .string(process.startedAt.description),
            "command": safe(process.line), "unit": safe(process.unit), "job": safe(process.job),
        ]
    }

    private static func value(of command: TracedProcess.Command) -> JSONValue {
        [
            "pid": .integer(Int64(command.process)), "command": safe(command.line),
            "subcommand": safe(command.subcommand), "directory": safe(command.directory),
            "module": safe(command.module),
        ]
    }

    private static func safe(_ text: String?) -> JSONValue { .text(text.map(harmless)) }
}
