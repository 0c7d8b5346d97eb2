internal import WardenModel

extension FleetReport {
    /// Returns a page that needs nothing else.
    package func html() -> [UInt8] {
        var page = MarkupPage(MarkupPage.html)
        page.wrap("html", [("lang", "en")]) { page in
            HTMLFrame.writeHead("\(counted(summary.hosts.count, "host")), cachewarden", on: &page)
            page.wrap("body") { page in
                writeHeader(on: &page)
                page.wrap("main") { page in
                    writeNumbers(on: &page)
                    writeTables(on: &page)
                }
                page.wrap("footer") { page in page.element("p", "cachewarden report --merge") }
            }
        }
        return Array(page.text.utf8)
    }

    private func writeHeader(on page: inout MarkupPage) {
        let good = summary.attention.isEmpty && summary.unread.isEmpty
        page.wrap("header") { page in
            page.element("p", "cachewarden report", [("class", "faint")])
            page.wrap("h1") { page in
                page.element(
                    "span", good ? "COMPLIANT" : "LOOK AT", [("class", "verdict \(good ? "compliant" : "drift")")])
                page.element("span", counted(summary.hosts.count, "host"))
            }
            page.element("p", "\(sentence).")
        }
    }

    private func writeNumbers(on page: inout MarkupPage) {
        page.wrap("section", [("aria-label", "Numbers")]) { page in
            page.wrap("dl", [("class", "numbers")]) { page in
                for (verdict, hosts) in summary.verdicts {
                    page.wrap("div") { page in
                        page.element("dt", verdict.rawValue)
                        page.element("dd", grouped(hosts))
                    }
                }
            }
        }
    }

    private func writeTables(on page: inout MarkupPage) {
        write(
            "Hosts that need somebody", ["host", "verdict", "findings", "worst", "last run"],
            summary.attention.map {
                [
                    escapedForDisplay($0.host), $0.verdict.rawValue, grouped($0.findingCount), $0.worst?.rawValue ?? "",
                    escapedForDisplay($0.finishedAt),
                ]
            }, on: &page)
        write(
            "Rules that are violated on most hosts", ["rule", "hosts", "findings"],
            summary.rules.map { [escapedForDisplay($0.rule), grouped($0.hosts), grouped($0.findings)] }, on: &page)
        write(
            "Largest caches", ["cache", "host", "size", "limit", "inodes"],
            summary.caches.map { host, cache in
                [
                    escapedForDisplay(cache.path), escapedForDisplay(host),
                    cache.allocated.map { "\($0)" } ?? "missing",
                    cache.limit.map { "\($0)" } ?? "none", grouped(cache.inodes),
                ]
            }, on: &page)
        write(
            "Files that could not be read", ["file", "why"],
            summary.unread.map { [escapedForDisplay($0.file), $0.reason] }, on: &page)
    }

    private func write(_ title: String, _ columns: [String], _ rows: [[String]], on page: inout MarkupPage) {
        guard !rows.isEmpty else { return }
        page.wrap("section") { page in
            page.element("h2", title)
            HTMLFrame.writeTable(title, columns, rows, on: &page)
        }
    }
}
