internal import SystemPackage
internal import WardenModel

/// The fields of what a trace adds up to.
struct TraceSummaryForm {
    private let report: TraceReport
    private let tables: TraceTables
    private let names: AccountNames

    init(_ report: TraceReport) {
        self.report = report
        tables = TraceTables(report)
        names = AccountNames(users: report.userNames, groups: [:])
    }

    var fields: [String: JSONValue] {
        let (rollup, known) = (report.rollup, report.rollup.known)
        return [
            "finished": .string(report.finishedAt.description), "lost": .count(report.lostCount),
            "total": value(of: rollup.total), "created": .count(rollup.created),
            "rewritten": .count(rollup.rewritten),
            "known": [
                "users": .count(known.users), "processes": .count(known.processes), "modules": .count(known.modules),
                "packages": .count(known.packages), "archives": .count(known.archives),
                "named-archives": .count(known.namedArchives),
            ],
            "users": table(rollup.users) { account($0) },
            "builds": table(rollup.builds) { build in
                account(build.user).merging(["module": safe(build.module)]) { first, _ in first }
            },
            "commands": table(rollup.tasks) { ["command": safe($0)] },
            "repeated": .array(tables.repeated.map(value(of:))),
        ]
    }

    private func account(_ user: UserID?) -> [String: JSONValue] {
        ["user": .text(user.map { names.name($0) }), "uid": user.map { .unsigned(UInt64($0.rawValue)) } ?? .null]
    }

    private func value(of sum: TraceRollup.Sum, _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(
            more.merging([
                "entries": .count(sum.entries), "bytes": .unsigned(sum.size.rawValue), "reads": .count(sum.reads),
                "actions-found": .count(sum.found), "actions-stored": .count(sum.stored),
                "hit-rate": sum.hitRate.map { .number($0) } ?? .null,
            ]) { first, _ in first })
    }

    /// The largest first; what had no room in the table has no name, and comes last.
    private func table<Key: Hashable & Sendable>(
        _ table: BoundedTable<Key, TraceRollup.Sum>, _ fields: (Key) -> [String: JSONValue]
    ) -> JSONValue {
        let rows = table.sums.map { ($0.value, "\($0.key)", fields($0.key)) }
            .sorted { ($1.0.size, $1.0.reads, $0.1) < ($0.0.size, $0.0.reads, $1.1) }
            .map { value(of: $0.0, $0.2) }
        return .array(rows + (table.others.map { [value(of: $0, ["others": .bool(true)])] } ?? []))
    }

    private func value(of package: TraceTables.Repeated) -> JSONValue {
        let sum = package.sum
        return [
            "package": safe(package.package.path), "program": safe(package.package.program),
            "entries": .count(sum.written.entries), "bytes": .unsigned(sum.written.size.rawValue),
            "archives": .count(sum.archives), "rewritten": .count(sum.rewritten), "users": .count(sum.users.count),
        ]
    }

    private func safe(_ text: String?) -> JSONValue { .text(text.map(harmless)) }
}
