internal import SystemPackage
package import WardenModel

/// Who wrote how much while a cache was traced, for people.
package struct TraceText {
    /// How many rows of a table are shown.
    private static let rowLimit = 12

    private let report: TraceReport
    private let tables: TraceTables
    private let names: AccountNames
    private var rollup: TraceRollup { report.rollup }

    package init(_ report: TraceReport) {
        self.report = report
        tables = TraceTables(report)
        names = AccountNames(users: report.userNames, groups: [:])
    }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        writeHead(on: &page)
        write("Users", tables.users, on: &page)
        write("Modules", tables.modules, on: &page)
        write("Commands", tables.tasks, on: &page)
        writeRepeated(on: &page)
        writeHits(on: &page)
        return page.text
    }

    private func writeHead(on page: inout TextPage) {
        let opening = report.opening
        let written = "wrote \(counted(rollup.total.entries, "entry", "entries")) (\(rollup.total.size))"
        page.line(.init("\(written) in \(spoken(report.finishedAt.since(opening.startedAt)))", .strong))
        page.writeTraced(opening)
        let read = opening.tellsReads ? ", \(grouped(rollup.total.reads)) read" : ""
        page.field("entries", "\(grouped(rollup.created)) new, \(grouped(rollup.rewritten)) written again\(read)")
        if rollup.total.entries > 0 { page.field("known", tables.known) }
        guard report.lostCount > 0 else { return }
        page.field(
            "lost",
            "events were lost \(counted(report.lostCount, "time")): what happened then is in no figure here",
            paint: .warning)
    }

    // MARK: - Tables

    private func write(_ title: String, _ rows: [TraceTables.Row], on page: inout TextPage) {
        guard !rows.isEmpty else { return }
        page.heading(title)
        for row in rows.prefix(Self.rowLimit) {
            let share = percentage(row.size.rawValue, of: rollup.total.size.rawValue) ?? ""
            page.line(
                "  \(aligned("\(row.size)", 10))  \(aligned(share, 4))  ", .init(row.name, .strong),
                .init("  \(row.note)", .faint))
        }
        writeRest(rows.count, on: &page)
    }

    private func writeRepeated(on page: inout TextPage) {
        let repeated = tables.repeated
        guard !repeated.isEmpty else { return }
        page.heading("Compiled more than once: \(counted(repeated.count, "package"))")
        for package in repeated.prefix(Self.rowLimit) {
            let sum = package.sum
            let again = sum.rewritten > 0 ? ", \(counted(sum.rewritten, "entry", "entries")) written again" : ""
            let users = sum.users.isEmpty ? "" : ", by \(counted(sum.users.count, "user"))"
            page.line(
                "  \(aligned("\(sum.written.size)", 10))  ", .init(package.name, .strong),
                .init("  \(counted(sum.archives, "archive"))\(again)\(users)", .faint))
        }
        writeRest(repeated.count, on: &page)
    }

    private func writeHits(on page: inout TextPage) {
        guard report.opening.tellsReads else { return }
        let hits = tables.hits
        page.heading("Hits")
        if hits.isEmpty { page.line(.init("  nobody known has read or written an action", .faint)) }
        for (build, sum) in hits.prefix(Self.rowLimit) {
            let (found, all) = (UInt64(sum.found), UInt64(sum.found) + UInt64(sum.stored))
            page.line(
                "  \(aligned(percentage(found, of: all) ?? "", 4))  ",
                .init(build.module ?? "no module known", .strong),
                .init("  \(names.account(build.user)), \(grouped(found)) of \(grouped(all)) actions", .faint))
        }
        writeRest(hits.count, on: &page)
    }

    private func writeRest(_ count: Int, on page: inout TextPage) {
        guard count > Self.rowLimit else { return }
        page.line(.init("  and \(grouped(count - Self.rowLimit)) more: '--format json' lists them", .faint))
    }
}
