internal import SystemPackage
package import WardenModel

/// What a cache is made of, for people.
package struct AnalysisText {
    /// How many rows of a table are shown.
    private static let rowLimit = 12

    private let report: AnalysisReport
    private let shares: AnalysisShares
    private let names: AccountNames
    private var analysis: CacheAnalysis { report.analysis }
    private var total: UInt64 { report.census.allocated.rawValue }

    package init(_ report: AnalysisReport) {
        self.report = report
        shares = AnalysisShares(report.analysis, report.toolchains)
        names = AccountNames(users: report.userNames, groups: [:])
    }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        page.line(.init("\(report.census.allocated) in \(counted(report.census.fileCount, "file"))", .strong))
        page.writeCache(report.cache, report.root, policy: report.policy)
        page.field(
            "looked",
            "into \(counted(outputCount, "output")) in \(spoken(report.finishedAt.since(report.startedAt))) on "
                + counted(report.threads, "thread"))
        if analysis.isInterrupted {
            page.field("ended", "by a signal, before everything was looked at", paint: .warning)
        }
        writeKinds(on: &page)
        write("Go versions", shares.platforms.map { Row($0, "output") }, on: &page)
        writeUninstalled(on: &page)
        writePackages(on: &page)
        write(
            "Where the source is from",
            shares.sources.map { Row($0.name, $0.allocated, counted($0.variants, "variant")) },
            on: &page)
        writeRepeated(on: &page)
        write("Owners", owners, on: &page)
        write("Last use", ages, on: &page, limit: AgeHistogram.bounds.count + 1)
        writeLargest(on: &page)
        page.writeOmissions(analysis.omitted)
        return page.text
    }

    private var outputCount: Int { analysis.kinds.values.reduce(0) { $0 + $1.entries } }

    // MARK: - Tables

    private struct Row {
        let name: String
        let size: ByteCount
        let note: String

        init(_ name: String, _ size: ByteCount, _ note: String) {
            self.name = name
            self.size = size
            self.note = note
        }

        init(_ share: AnalysisShares.Share, _ noun: String) {
            self.init(share.name, share.allocated, counted(share.outputs.amount.entries, noun))
        }
    }

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
        var rows = analysis.kinds.map { Row($0.key.text, $0.value.allocated, counted($0.value.entries, "output")) }
        let roles: [(EntryRole, String)] = [
            (.action, "action lines"), (.fuzz, "corpora of fuzz tests"), (.bookkeeping, "bookkeeping"),
            (.system, "made by the system"), (.stranger, "strangers"), (.shard, "directories"),
        ]
        for (role, name) in roles {
            let groups = report.census.groups.filter { $0.role == role }
            guard !groups.isEmpty else { continue }
            rows.append(
                Row(
                    name, groups.reduce(.zero) { $0 + $1.allocated },
                    counted(groups.reduce(0) { $0 + $1.count }, "name")))
        }
        rows.sort { ($1.size, $0.name) < ($0.size, $1.name) }
        write("What it is made of, on disk", rows, on: &page, limit: rows.count)
        guard analysis.orphans.entries > 0 else { return }
        page.paragraph(
            report.census.inventory?.unreadActions ?? 0 > 0
                ? "orphans cannot be told: not every action could be read"
                : "of these \(counted(analysis.orphans.entries, "output")) (\(analysis.orphans.allocated)) "
                    + "no action names any more: no build can find them", lead: "  ", paint: .faint)
    }

    private func writeUninstalled(on page: inout TextPage) {
        guard !shares.uninstalled.isEmpty else { return }
        page.heading("Of Go versions that were not found on this host")
        write(
            "", shares.uninstalled.map { Row($0.name, $0.outputs.freed, counted($0.outputs.amount.entries, "output")) },
            on: &page)
        let places = report.toolchains.found.map { "\($0.version) (\($0.path.string))" }.joined(separator: ", ")
        page.paragraph(
            places.isEmpty ? "no toolchain was found at all" : "found: \(places)", lead: "  ", paint: .faint)
    }

    private func writePackages(on page: inout TextPage) {
        guard shares.compiled.entries > 0 else { return }
        write("Packages", shares.packages.map { Row($0, "output") }, on: &page)
        let share = percentage(shares.named.size.rawValue, of: shares.compiled.size.rawValue) ?? "0%"
        page.paragraph(
            "\(share) of the bytes of archives and executables could be named", lead: "  ", paint: .faint)
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

    private var owners: [Row] {
        var sums: [UserID: (ByteCount, Int)] = [:]
        for group in report.census.groups where group.node.kind != .directory || group.role == .executableDirectory {
            let sum = sums[group.node.owner] ?? (.zero, 0)
            sums[group.node.owner] = (sum.0 + group.allocated, sum.1 + group.count)
        }
        return sums.map { Row(names.name($0.key), $0.value.0, counted($0.value.1, "file")) }
            .sorted { ($1.size, $0.name) < ($0.size, $1.name) }
    }

    private var ages: [Row] {
        zip(TextReport.ageLabels, report.census.ages.buckets).filter { $0.1.files > 0 }
            .map { Row($0.0, $0.1.allocated, counted($0.1.files, "file")) }
    }

    private func writeLargest(on page: inout TextPage) {
        guard !analysis.largest.isEmpty else { return }
        page.heading("The largest")
        for entry in analysis.largest {
            let what =
                entry.variant.map { [$0.name, $0.text].compactMap(\.self).joined(separator: "  ") } ?? entry.kind.text
            let used = entry.lastUse.map { ", used \(Timestamp(seconds: Int64($0)))" } ?? ""
            page.line("  \(aligned("\(entry.allocated)", 10))  ", .init(what, .strong))
            page.line(.init("              \(entry.path)  \(names.name(entry.owner))\(used)", .faint))
        }
    }
}
