internal import SystemPackage
internal import WardenModel

extension HTMLReport {
    /// Writes the findings that stand, those of one rule together, the worst first, with what to do about them.
    func writeFindings(on page: inout MarkupPage) {
        let standing = report.standing
        let findings = standing.filter(\.isDrift)
        page.wrap("section") { page in
            page.element("h2", report.command == .apply ? "Findings that stand after the run" : "Findings")
            if findings.isEmpty { page.element("p", "None.") }
            for group in TextReport.groups(findings) { writeRule(group, on: &page) }
        }
        let advice = standing.filter { $0.disposition == .advisory }
        guard !advice.isEmpty else { return }
        page.wrap("section") { page in
            page.element("h2", "Worth knowing")
            for group in TextReport.groups(advice) { writeRule(group, on: &page) }
        }
    }

    private func writeRule(_ findings: [Finding], on page: inout MarkupPage) {
        guard let first = findings.first, let severity = findings.map(\.severity).max() else { return }
        page.wrap("article", [("class", "finding \(severity.rawValue)")]) { page in
            page.wrap("h3") { page in
                page.element("span", first.rule.rawValue)
                page.element("span", severity.rawValue, [("class", "severity")])
            }
            let reference = references[first.rule]
            page.element("p", "\(reference?.summary ?? "") \(Self.sentence(TextReport.fate(of: findings)))")
            writeTable(
                "\(counted(findings.count, "finding")) of \(first.rule.rawValue)",
                ["where", "wanted", "found", "inodes"],
                findings.map { [$0.subject, $0.wanted, $0.found, first.rule.concernsBuilds ? "" : grouped($0.count)] },
                on: &page)
            writeExamples(of: findings, on: &page)
            var remedies: [String] = []
            for finding in findings where !finding.remedy.isEmpty && !remedies.contains(finding.remedy) {
                remedies.append(finding.remedy)
            }
            for remedy in remedies.prefix(HTMLFrame.rowLimit) {
                page.wrap("p") { page in
                    page.element("strong", "What to do:")
                    page.element("span", remedy)
                }
            }
            if let why = reference?.why {
                page.wrap("details") { page in
                    page.element("summary", "Why it matters")
                    page.element("p", why)
                }
            }
        }
    }

    private func writeExamples(of findings: [Finding], on page: inout MarkupPage) {
        let examples = findings.prefix(HTMLFrame.rowLimit).flatMap(\.examples).filter { !$0.path.isRoot }
        guard !examples.isEmpty else { return }
        page.wrap("details") { page in
            page.element("summary", "Examples")
            page.wrap("ul") { page in
                for example in examples.prefix(HTMLFrame.rowLimit) {
                    page.element("li", example.found.isEmpty ? "\(example.path)" : "\(example.path): \(example.found)")
                }
            }
        }
    }

    private static func sentence(_ fate: String) -> String {
        fate.prefix(1).uppercased() + fate.dropFirst() + "."
    }

    /// Writes every waiver with what it accepts and for how long still.
    func writeWaivers(on page: inout MarkupPage) {
        guard !report.waivers.isEmpty else { return }
        page.wrap("section") { page in
            page.element("h2", "Waivers")
            writeTable(
                "Findings that are accepted until a date",
                ["rule", "state", "days left", "path", "accepts", "reason", "policy"],
                report.waivers.map { status in
                    [
                        status.terms.rule.rawValue, TextReport.word(status.state), grouped(status.daysLeft),
                        escapedForDisplay(status.terms.path.string), TextReport.accepted(status),
                        escapedForDisplay(status.terms.reason), escapedForDisplay(status.terms.policy),
                    ]
                }, on: &page)
        }
    }
}
