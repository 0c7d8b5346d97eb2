internal import WardenModel

/// A fleet's roll-up for people, programs, spreadsheets and browsers.
package struct FleetReport {
    package static let schema = "cachewarden.fleet/1"

    let summary: FleetSummary

    package init(_ summary: FleetSummary) { self.summary = summary }

    // MARK: - Text

    package func text(style: TextStyle, columns: Int) -> String {
        var page = TextPage(style: style, columns: columns)
        let good = summary.attention.isEmpty && summary.unread.isEmpty
        page.paragraph(sentence, lead: .init((good ? "COMPLIANT" : "LOOK AT") + "  ", good ? .good : .warning))
        page.heading("Hosts by verdict")
        for (verdict, hosts) in summary.verdicts { page.field(verdict.rawValue, grouped(hosts), width: 16) }
        writeRules(on: &page)
        writeHosts(on: &page)
        writeCaches(on: &page)
        if !summary.unread.isEmpty {
            page.heading("Not read")
            for file in summary.unread.prefix(FleetSummary.rowLimit) {
                page.paragraph("'\(escapedForDisplay(file.file))': \(file.reason)", lead: "  - ")
            }
            more(summary.unread.count, on: &page)
        }
        return page.text
    }

    /// The one line that many read no further than.
    var sentence: String {
        let hosts = summary.hosts.count
        let attention = summary.attention.count
        let state =
            attention == 0
            ? "all are as their policies say" : "\(grouped(attention)) need\(attention == 1 ? "s" : "") somebody"
        let files = summary.unread.isEmpty ? "" : "; \(counted(summary.unread.count, "file")) could not be read"
        let older = summary.superseded == 0 ? "" : "; \(counted(summary.superseded, "older report")) left out"
        return "\(counted(hosts, "host")) with \(summary.allocated) in caches: \(state)\(files)\(older)"
    }

    private func writeRules(on page: inout TextPage) {
        guard !summary.rules.isEmpty else { return }
        page.heading("Rules that are violated on most hosts")
        for rule in summary.rules.prefix(FleetSummary.rowLimit) {
            page.field(
                escapedForDisplay(rule.rule), "\(counted(rule.hosts, "host")), \(counted(rule.findings, "finding"))",
                width: 24)
        }
        more(summary.rules.count, on: &page)
    }

    private func writeHosts(on page: inout TextPage) {
        guard !summary.attention.isEmpty else { return }
        page.heading("Hosts that need somebody")
        for host in summary.attention.prefix(FleetSummary.rowLimit) {
            page.paragraph(
                "\(escapedForDisplay(host.host)): \(host.verdict.rawValue), \(counted(host.findingCount, "finding"))"
                    + (host.worst.map { ", the worst \($0.rawValue)" } ?? ""), lead: "  - ")
        }
        more(summary.attention.count, on: &page)
    }

    private func writeCaches(on page: inout TextPage) {
        guard !summary.caches.isEmpty else { return }
        page.heading("Largest caches")
        for (host, cache) in summary.caches.prefix(FleetSummary.rowLimit) {
            let limit = cache.limit.map { " of \($0)" } ?? ""
            page.paragraph(
                "\(cache.allocated.map { "\($0)" } ?? "missing")\(limit): \(escapedForDisplay(host)) "
                    + "'\(escapedForDisplay(cache.path))'", lead: "  - ")
        }
        more(summary.caches.count, on: &page)
    }

    private func more(_ count: Int, on page: inout TextPage) {
        let rest = count - FleetSummary.rowLimit
        if rest > 0 { page.paragraph("and \(grouped(rest)) more", lead: "    ") }
    }

    // MARK: - CSV

    /// Returns a line for each host.
    package func csv() -> [UInt8] {
        let columns = [
            "host", "verdict", "finished-at", "findings", "worst", "worst-rule", "waived", "caches", "bytes", "inodes",
            "largest-cache", "largest-cache-bytes", "agent-version",
        ]
        let rows = summary.hosts.map { host -> [String] in
            let largest = host.largest
            let size = largest?.allocated.map { String($0.rawValue) } ?? ""
            return [
                host.host, host.verdict.rawValue, host.finishedAt, String(host.findingCount),
                host.worst?.rawValue ?? "", host.worstRule ?? "", String(host.waived), String(host.caches.count),
                String(host.allocated.rawValue), String(host.inodes), largest?.path ?? "", size, host.version,
            ]
        }
        return CSV.render([columns] + rows)
    }

    // MARK: - JSON

    /// Throws only what `JSONEncoder` throws.
    package func json() throws -> [UInt8] {
        let document: JSONValue = [
            "schema": .string(Self.schema),
            "verdicts": .object(
                Dictionary(uniqueKeysWithValues: summary.verdicts.map { ($0.verdict.rawValue, .count($0.hosts)) })),
            "rules": .array(
                summary.rules.map {
                    ["rule": .string($0.rule), "hosts": .count($0.hosts), "findings": .count($0.findings)]
                }),
            "hosts": .array(summary.hosts.map(Self.value(of:))),
            "superseded": .count(summary.superseded),
            "unread": .array(summary.unread.map { ["file": .string($0.file), "reason": .string($0.reason)] }),
        ]
        return try JSONText.encode(document)
    }

    private static func value(of host: FleetHost) -> JSONValue {
        [
            "host": .string(host.host), "verdict": .string(host.verdict.rawValue),
            "finished-at": .string(host.finishedAt), "agent-version": .string(host.version),
            "findings": .count(host.findingCount), "worst": .text(host.worst?.rawValue), "waived": .count(host.waived),
            "findings-by-rule": .object(host.findings.mapValues(JSONValue.count)),
            "caches": .array(
                host.caches.map {
                    [
                        "name": .string($0.name), "path": .string($0.path), "inodes": .count($0.inodes),
                        "allocated-bytes": $0.allocated.map { .unsigned($0.rawValue) } ?? .null,
                        "limit-bytes": $0.limit.map { .unsigned($0.rawValue) } ?? .null,
                    ]
                }),
        ]
    }
}
