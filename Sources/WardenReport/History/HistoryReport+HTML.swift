internal import SystemPackage
internal import WardenModel

extension HistoryReport {
    /// Returns a page that needs nothing else.
    package func html() -> [UInt8] {
        var page = MarkupPage(MarkupPage.html)
        page.wrap("html", [("lang", "en")]) { page in
            HTMLFrame.writeHead("History of \(host), cachewarden", on: &page)
            page.wrap("body") { page in
                page.wrap("header") { page in
                    page.element("p", "cachewarden report", [("class", "faint")])
                    page.wrap("h1") { page in
                        page.element("span", "History")
                        page.element("span", host)
                    }
                    page.element("p", "\(sentence).")
                }
                page.wrap("main") { page in
                    writeNumbers(on: &page)
                    for cache in history.caches {
                        page.wrap("section") { page in
                            page.wrap("h2") { page in
                                page.element("span", "Cache \(escapedForDisplay(cache.name))")
                                page.element("code", escapedForDisplay(cache.path.string))
                            }
                            writeTrend(of: cache, on: &page)
                        }
                    }
                    writeHost(on: &page)
                }
                page.wrap("footer") { page in page.element("p", "'\(escapedForDisplay(history.log.string))'") }
            }
        }
        return Array(page.text.utf8)
    }

    /// Writes a cache's size, and what runs did to it.
    func writeTrend(of cache: History.Cache, on page: inout MarkupPage) {
        let span = "from \(minute(history.since)) to \(minute(history.until))"
        TrendPicture(points: cache.trend.points, since: history.since, until: history.until)
            .write(
                "Size as runs left it (line) and as they found it (dots), beside the limit (dashes), from 0 to "
                    + "\(cache.trend.largest.map { "\($0)" } ?? "0 B"), \(span)", on: &page)
        HTMLFrame.writeTable(
            "What runs found and did, \(span)", ["what", "how much"],
            [
                ["size", size(cache)], ["entries", entries(cache)], ["removed", removed(cache)],
                ["repaired", repaired(cache)],
            ], on: &page)
        write(cache.drift, on: &page)
    }

    private func writeNumbers(on page: inout MarkupPage) {
        let numbers = [
            ("runs", grouped(history.runs.count)), ("ended", runs.isEmpty ? "none" : runs), ("last success", success),
        ]
        page.wrap("section", [("aria-label", "Numbers")]) { page in
            page.wrap("dl", [("class", "numbers")]) { page in
                for (name, number) in numbers {
                    page.wrap("div") { page in
                        page.element("dt", name)
                        page.element("dd", number)
                    }
                }
            }
            if history.unreadable > 0 {
                page.element("p", "\(counted(history.unreadable, "line")) of the log could not be read.")
            }
        }
    }

    private func writeHost(on page: inout MarkupPage) {
        guard !history.hostDrift.rules.isEmpty else { return }
        page.wrap("section") { page in
            page.element("h2", "How builds find their cache, toolchains, waivers")
            write(history.hostDrift, on: &page)
        }
    }

    private func write(_ drift: DriftHistory, on page: inout MarkupPage) {
        let rows = rows(of: drift)
        guard !rows.isEmpty else { return }
        HTMLFrame.writeTable("Drift by rule, in runs", Self.driftColumns, rows, on: &page)
    }
}
