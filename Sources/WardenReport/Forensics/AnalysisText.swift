internal import SystemPackage
package import WardenModel

/// What a cache is made of, for people.
package struct AnalysisText {
    /// How many rows of a table are shown.
    private static let rowLimit = 12

    private let report: AnalysisReport
    private let shares: AnalysisShares
    private let tables: AnalysisTables
    private let names: AccountNames
    private var analysis: CacheAnalysis { report.analysis }
    private var total: UInt64 { report.census.allocated.rawValue }

    package init(_ report: AnalysisReport) {
        self.report = report
        shares = AnalysisShares(report.analysis, report.toolchains)
        tables = AnalysisTables(report, shares)
        names = AccountNames(users: report.userNames, groups: [:])
    }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        page.line(.init("\(report.census.allocated) in \(counted(report.census.fileCount, "file"))", .strong))
        page.writeCache(report.cache, report.root, policy: report.policy)
        page.field(
            "looked",
            tables.effort)
        if analysis.isInterrupted {
            page.field("ended", "by a signal, before everything was looked at", paint: .warning)
        }
        writeKinds(on: &page)
        write("Go versions", tables.platforms, on: &page)
        writeUninstalled(on: &page)
        writePackages(on: &page)
        write("Where the source is from", tables.sources, on: &page)
        writeRepeated(on: &page)
        write("Owners", tables.owners, on: &page)
        write("Last use", tables.ages, on: &page, limit: AgeHistogram.bounds.count + 1)
        writeLargest(on: &page)
        page.writeOmissions(analysis.omitted)
        return page.text
    }

    // MARK: - Tables

    private typealias Row = AnalysisTables.Row

    private func write(
        _ title: String, _ rows: [Row], on page: inout TextPage, limit: Int = AnalysisText.rowLimit, lead: String = "  "
    ) {
        guard !rows.isEmpty else { return }
        if !title.isEmpty { page.heading(title) }
        for row in rows.prefix(limit) {
            let share = percentage(row.size.rawValue, of: total) ?? ""
            page.line(
                .init(lead + aligned("\(row.size)", 10) + "  " + aligned(share, 4) + "  ", .none),
                .init(row.name, .strong),
                .init(row.note.isEmpty ? "" : "  " + row.note, .faint))
        }
        guard rows.count > limit else { return }
        let rest = rows.dropFirst(limit).reduce(ByteCount.zero) { $0 + $1.size }
        page.line(
            .init(
                lead + aligned("\(rest)", 10) + "  " + aligned(percentage(rest.rawValue, of: total) ?? "", 4)
                    + "  and \(grouped(rows.count - limit)) more", .faint))
    }

    private func writeKinds(on page: inout TextPage) {
        let rows = tables.kinds
        write("What it is made of, on disk", rows, on: &page, limit: rows.count)
        if let orphans = tables.orphans { page.paragraph(orphans, lead: "  ", paint: .faint) }
    }

    private func writeUninstalled(on page: inout TextPage) {
        guard !shares.uninstalled.isEmpty else { return }
        page.heading("Of Go versions that were not found on this host")
        write("", tables.uninstalled, on: &page)
        page.paragraph(tables.toolchains, lead: "  ", paint: .faint)
    }

    private func writePackages(on page: inout TextPage) {
        guard shares.compiled.entries > 0 else { return }
        write("Packages", tables.packages, on: &page)
        page.paragraph(tables.named, lead: "  ", paint: .faint)
    }

    private func writeRepeated(on page: inout TextPage) {
        guard !shares.repeated.isEmpty else { return }
        page.heading("Compiled more than once: \(counted(shares.repeated.count, "package"))")
        for package in shares.repeated.prefix(Self.rowLimit / 2) {
            page.line(
                "  ", .init(package.package, .strong), .init("  \(counted(package.variants.count, "variant"))", .faint))
            write("", package.variants.map { Row($0, "output") }, on: &page, limit: 6, lead: "    ")
        }
        let more = shares.repeated.dropFirst(Self.rowLimit / 2)
        guard !more.isEmpty else { return }
        let size = more.reduce(ByteCount.zero) { $0 + $1.allocated }
        page.line(.init("  and \(counted(more.count, "package")) more (\(size)): '--format json' lists them", .faint))
    }

    private func writeLargest(on page: inout TextPage) {
        guard !analysis.largest.isEmpty else { return }
        page.heading("The largest")
        for entry in analysis.largest {
            let used = entry.lastUse.map { ", used \(Timestamp(seconds: Int64($0)))" } ?? ""
            page.line("  \(aligned("\(entry.allocated)", 10))  ", .init(entry.what, .strong))
            page.line(.init("              \(entry.path)  \(names.name(entry.owner))\(used)", .faint))
        }
    }
}
