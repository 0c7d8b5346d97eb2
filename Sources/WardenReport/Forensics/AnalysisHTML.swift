internal import SystemPackage
package import WardenModel

/// What a cache is made of, as a page that needs nothing else.
package struct AnalysisHTML {
    /// How many packages that are there more than once are written out.
    private static let repeatedLimit = 20

    private let report: AnalysisReport
    private let shares: AnalysisShares
    private let tables: AnalysisTables
    private var analysis: CacheAnalysis { report.analysis }

    package init(_ report: AnalysisReport) {
        self.report = report
        shares = AnalysisShares(report.analysis, report.toolchains)
        tables = AnalysisTables(report, shares)
    }

    /// Returns the page in UTF-8.
    package func render() -> [UInt8] {
        let name = escapedForDisplay(report.cache)
        var page = MarkupPage(MarkupPage.html)
        page.wrap("html", [("lang", "en")]) { page in
            HTMLFrame.writeHead("\(name), cachewarden analyze", on: &page)
            page.wrap("body") { page in
                writeHeader(name, on: &page)
                page.wrap("main") { page in writeSections(on: &page) }
                page.wrap("footer") { page in page.element("p", "cachewarden analyze") }
            }
        }
        return Array(page.text.utf8)
    }

    private func writeHeader(_ name: String, on page: inout MarkupPage) {
        page.wrap("header") { page in
            page.element("p", "cachewarden analyze", [("class", "faint")])
            page.wrap("h1") { page in
                page.element("span", "Cache \(name)")
                page.element("code", escapedForDisplay(report.root.string))
            }
            page.element(
                "p",
                "\(report.census.allocated) in \(counted(report.census.fileCount, "file")); looked \(tables.effort)"
                    + (analysis.isInterrupted ? ", and ended by a signal before everything was looked at." : "."))
        }
    }

    private func writeSections(on page: inout MarkupPage) {
        write("What it is made of", "kind", tables.kinds, [tables.orphans].compactMap(\.self), on: &page)
        write("Go versions", "version", tables.platforms, on: &page)
        write("Go versions that were not found here", "version", tables.uninstalled, [tables.toolchains], on: &page)
        write("Packages", "package", tables.packages, [tables.named], on: &page)
        write("Where the source is from", "source", tables.sources, on: &page)
        writeRepeated(on: &page)
        write("Owners", "owner", tables.owners, on: &page)
        write("Last use", "unused for", tables.ages, on: &page)
        writeLargest(on: &page)
        writeOmissions(on: &page)
    }

    /// Writes rows as bars of the whole cache.
    private func write(
        _ title: String, _ column: String, _ rows: [AnalysisTables.Row], _ notes: [String] = [],
        on page: inout MarkupPage
    ) {
        guard !rows.isEmpty else { return }
        let total = report.census.allocated.rawValue
        let bars = rows.prefix(HTMLFrame.rowLimit).map { row in
            let share = percentage(row.size.rawValue, of: total).map { " (\($0))" } ?? ""
            return HTMLBars.Bar(
                name: row.name, share: total > 0 ? Double(row.size.rawValue) / Double(total) : 0,
                text: "\(row.size)\(share), \(row.note)")
        }
        let rest = rows.count - bars.count
        page.wrap("section") { page in
            page.element("h2", title)
            HTMLBars.write(bars, title, [column, "how much of the cache"], on: &page)
            for note in (rest > 0 ? ["and \(grouped(rest)) more"] : []) + notes {
                page.element("p", note, [("class", "faint")])
            }
        }
    }

    private func writeRepeated(on page: inout MarkupPage) {
        guard !shares.repeated.isEmpty else { return }
        let rows = shares.repeated.prefix(Self.repeatedLimit).flatMap { package in
            package.variants.map { [package.package, $0.name, "\($0.allocated)"] }
        }
        page.wrap("section") { page in
            page.element("h2", "Compiled more than once: \(counted(shares.repeated.count, "package"))")
            HTMLFrame.writeTable("Compiled more than once", ["package", "variant", "size"], rows, on: &page)
        }
    }

    private func writeLargest(on page: inout MarkupPage) {
        guard !analysis.largest.isEmpty else { return }
        let names = AccountNames(users: report.userNames, groups: [:])
        let rows = analysis.largest.map { entry in
            [
                entry.path.description, entry.what, "\(entry.allocated)", names.name(entry.owner),
                entry.lastUse.map { "\(Timestamp(seconds: Int64($0)))" } ?? "",
            ]
        }
        page.wrap("section") { page in
            page.element("h2", "The largest")
            HTMLFrame.writeTable("The largest", ["output", "what", "size", "owner", "last use"], rows, on: &page)
        }
    }

    private func writeOmissions(on page: inout MarkupPage) {
        guard !analysis.omitted.isEmpty else { return }
        let rows = Omission.sorted(analysis.omitted).map { reason, omitted in
            [reason.text, grouped(omitted.count), omitted.examples.map(\.description).joined(separator: ", ")]
        }
        page.wrap("section") { page in
            page.element("h2", "Not checked")
            HTMLFrame.writeTable("Not checked", ["why", "outputs", "such as"], rows, on: &page)
        }
    }
}
