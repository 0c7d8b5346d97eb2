internal import SystemPackage
package import WardenModel

/// A run's report as one file for a browser: no scripts, nothing from a network, readable on a phone and on paper.
package struct HTMLReport {
    let report: RunReport
    let references: [RuleID: RuleReference]
    let text: TextReport

    /// - Parameter references: Of all rules.
    package init(_ report: RunReport, references: [RuleReference]) {
        self.report = report
        self.references = Dictionary(references.map { ($0.id, $0) }) { first, _ in first }
        text = TextReport(report, style: .plain, columns: 100)
    }

    /// Returns the document in UTF-8, with a line break at its end.
    package func render() -> [UInt8] {
        var page = MarkupPage(MarkupPage.html)
        page.wrap("html", [("lang", "en")]) { page in
            HTMLFrame.writeHead("\(text.verdictWord.0): \(host), cachewarden", on: &page)
            page.wrap("body") { page in
                writeHeader(on: &page)
                page.wrap("main") { page in
                    writeNumbers(on: &page)
                    writeFindings(on: &page)
                    for cache in report.caches { write(cache, on: &page) }
                    writeBuilds(on: &page)
                    writeWaivers(on: &page)
                    writeList("Notes", report.notes, on: &page)
                    writeNextSteps(on: &page)
                }
                writeFooter(on: &page)
            }
        }
        return Array(page.text.utf8)
    }

    // MARK: - The frame

    var host: String { escapedForDisplay(report.host) }

    private func writeHeader(on page: inout MarkupPage) {
        page.wrap("header") { page in
            page.element("p", "cachewarden \(report.command.rawValue)", [("class", "faint")])
            page.wrap("h1") { page in
                page.element("span", text.verdictWord.0, [("class", "verdict \(report.verdict.rawValue)")])
                page.element("span", host)
            }
            page.element("p", "\(host) \(text.sentence).")
            page.element(
                "p", "\(report.startedAt), took \(spoken(report.finishedAt.since(report.startedAt)))",
                [("class", "faint")])
        }
    }

    private func writeFooter(on page: inout MarkupPage) {
        page.wrap("footer") { page in
            page.wrap("dl") { page in
                for policy in report.policies {
                    let place = policy.path.map { " from '\(escapedForDisplay($0.string))'" } ?? ", built in"
                    let digest = policy.digest.map { ", SHA-256 \($0)" } ?? ""
                    writePair("Policy", "'\(escapedForDisplay(policy.name))'\(place)\(digest)", on: &page)
                }
                if let audit = report.audit {
                    writePair(
                        "Audit log",
                        "'\(escapedForDisplay(audit.path.string))', record \(grouped(audit.sequence)), \(audit.hash)",
                        on: &page)
                }
                writePair("Run", "\(report.runID), cachewarden \(report.version)", on: &page)
            }
        }
    }

    private func writeNumbers(on page: inout MarkupPage) {
        let standing = report.standing
        let freed = report.caches.reduce(ByteCount.zero) { $0 + ($1.retention?.freed ?? .zero) }
        let removed = report.caches.reduce(0) { $0 + ($1.retention?.removed ?? 0) }
        let changed =
            report.caches.reduce(0) { $0 + $1.appliedCount } + report.delivery.appliedCount
            + report.toolchains.count(where: \.isInstalled)
        let findings = standing.count(where: \.isDrift)
        var numbers = [
            (findings == 1 ? "finding" : "findings", grouped(findings)),
            ("accepted by waivers", grouped(standing.count { $0.disposition == .waived })),
            (report.caches.count == 1 ? "cache" : "caches", grouped(report.caches.count)),
        ]
        if report.command == .apply {
            numbers += [("changed", grouped(changed)), ("entries removed", grouped(removed)), ("freed", "\(freed)")]
        }
        page.wrap("section", [("aria-label", "Numbers")]) { page in
            page.wrap("dl", [("class", "numbers")]) { page in
                for (name, number) in numbers {
                    page.wrap("div") { page in writePair(name, number, on: &page) }
                }
            }
        }
    }

    // MARK: - Pieces

    func writePair(_ name: String, _ value: String, on page: inout MarkupPage) {
        page.element("dt", name)
        page.element("dd", value)
    }

    func writeTable(_ caption: String, _ columns: [String], _ rows: [[String]], on page: inout MarkupPage) {
        HTMLFrame.writeTable(caption, columns, rows, on: &page)
    }

    func writeList(_ title: String, _ items: [String], on page: inout MarkupPage) {
        guard !items.isEmpty else { return }
        page.wrap("section") { page in
            page.element("h2", title)
            page.wrap("ul") { page in for item in items { page.element("li", item) } }
        }
    }

    private func writeNextSteps(on page: inout MarkupPage) {
        guard !report.nextSteps.isEmpty else { return }
        page.wrap("section") { page in
            page.element("h2", "What to do next")
            for step in report.nextSteps {
                let isCommand = step.hasPrefix("cachewarden ") || step.hasPrefix("sudo ")
                page.element(isCommand ? "pre" : "p", step)
            }
        }
    }
}
