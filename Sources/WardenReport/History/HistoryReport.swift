internal import SystemPackage
package import WardenModel

/// What the audit log says of a host over a span of time, for people, programs, spreadsheets and browsers.
package struct HistoryReport {
    package static let schema = "cachewarden.history/1"

    let history: History

    package init(_ history: History) { self.history = history }

    // MARK: - Wording

    var host: String { escapedForDisplay(history.host ?? "this host") }

    /// The one line that many read no further than.
    var sentence: String {
        let span = "\(minute(history.since)) to \(minute(history.until))"
        guard history.runs.count > 0 else { return "\(span): no run" }
        return "\(span): \(counted(history.runs.count, "run")) on \(host)"
    }

    var runs: String {
        var parts = RunReport.Verdict.allCases.compactMap { verdict in
            history.runs.verdicts[verdict].map { "\(grouped($0)) \(verdict.rawValue)" }
        }
        if history.runs.unfinished > 0 { parts.append("\(grouped(history.runs.unfinished)) without an end") }
        return parts.joined(separator: ", ")
    }

    var success: String {
        guard let last = history.runs.lastSuccess, let elapsed = history.sinceLastSuccess else { return "never" }
        return "\(spoken(elapsed)) ago, at \(minute(last))"
    }

    func size(_ cache: History.Cache) -> String {
        let points = cache.trend.points
        guard let first = points.first, let last = points.last, let smallest = cache.trend.smallest,
            let largest = cache.trend.largest
        else { return "never looked at" }
        let limit = last.limit.map { "; limit \($0)" } ?? ""
        return "\(last.left), at first \(first.found); between \(smallest) and \(largest)\(limit)"
    }

    func entries(_ cache: History.Cache) -> String {
        guard let last = cache.trend.points.last else { return "none" }
        return counted(last.entries, "file")
    }

    func removed(_ cache: History.Cache) -> String {
        let total = cache.removed.values.reduce(0, +)
        guard total > 0 else { return "nothing" }
        let rules = cache.removed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\(escapedForDisplay($0.key)) \(grouped($0.value))" }
        return "\(counted(total, "entry", "entries")), \(cache.freed): \(rules.joined(separator: ", "))"
    }

    func repaired(_ cache: History.Cache) -> String {
        let failed = cache.failed > 0 ? ", \(grouped(cache.failed)) failed" : ""
        return "\(counted(cache.changed, "inode"))\(failed)"
    }

    static let driftColumns = ["rule", "runs", "came back", "policy changed", "stood", "new", "last met", "now"]

    /// A row for each rule that was violated.
    func rows(of drift: DriftHistory) -> [[String]] {
        drift.rules.map { rule in
            let origins: [DriftHistory.Origin] = [.cameBack, .policyChanged, .stood, .first]
            return [escapedForDisplay(rule.name), grouped(rule.count)]
                + origins.map { grouped(rule.runs[$0] ?? 0) }
                + [minute(rule.last), rule.standing > 0 ? "\(grouped(rule.standing)) stand" : "none"]
        }
    }

    /// Returns a moment in UTC without its seconds.
    func minute(_ moment: Timestamp) -> String {
        let text = moment.description
        guard text.utf8.count == 24 else { return text }
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))Z"
    }

    // MARK: - Text

    package func text(style: TextStyle, columns: Int) -> String {
        var page = TextPage(style: style, columns: columns)
        page.paragraph(sentence, lead: .init("HISTORY  ", .strong))
        page.blank()
        page.field("log", "'\(escapedForDisplay(history.log.string))'")
        if history.runs.count > 0 { page.field("runs", runs) }
        page.field("success", success, paint: history.runs.lastSuccess == nil ? .warning : .none)
        if history.unreadable > 0 {
            page.field(
                "damage", "\(counted(history.unreadable, "line")) could not be read; see 'cachewarden audit verify'",
                paint: .bad)
        }
        for cache in history.caches { write(cache, on: &page) }
        if !history.hostDrift.rules.isEmpty {
            page.heading("How builds find their cache, toolchains, waivers")
            write(history.hostDrift, on: &page)
        }
        return page.text
    }

    private func write(_ cache: History.Cache, on page: inout TextPage) {
        page.heading("Cache \(escapedForDisplay(cache.name)) '\(escapedForDisplay(cache.path.string))'")
        page.field("size", size(cache))
        if page.style.glyphs == .unicode, let line = Sparkline.text(cache.trend.points, width: page.columns - 14) {
            page.field("", line, paint: .accent)
        }
        page.field("entries", entries(cache))
        page.field("removed", removed(cache))
        page.field("repaired", repaired(cache))
        write(cache.drift, on: &page)
    }

    private func write(_ drift: DriftHistory, on page: inout TextPage) {
        let rows = rows(of: drift)
        guard !rows.isEmpty else { return page.field("drift", "none") }
        let table = [Self.driftColumns] + rows
        let widths = Self.driftColumns.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        page.blank()
        for (index, row) in table.enumerated() {
            let cells = row.enumerated().map { column, cell in
                (1...5).contains(column) ? aligned(cell, widths[column]) : padded(cell, widths[column])
            }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            page.line(TextPage.Piece(line, index == 0 ? .faint : .none))
        }
    }

    // MARK: - CSV

    /// Returns a line for each point of each cache (RFC 4180).
    package func csv() -> [UInt8] {
        let columns = ["cache", "path", "time", "found-bytes", "left-bytes", "entries", "limit-bytes"]
        let rows = history.caches.flatMap { cache in
            cache.trend.points.map { point in
                [
                    cache.name, cache.path.string, point.moment.description, String(point.found.rawValue),
                    String(point.left.rawValue), String(point.entries), point.limit.map { String($0.rawValue) } ?? "",
                ]
            }
        }
        return CSV.render([columns] + rows)
    }
}
