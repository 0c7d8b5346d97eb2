internal import SystemPackage
package import WardenModel

/// A run's report for people: the verdict first, what to do next last.
///
/// The text's length grows with the number of caches, rules and different states, never with the number of entries.
package struct TextReport {
    /// How many findings of one rule are shown one by one.
    static let findingLimit = 4
    /// How many examples a finding, a change or a reason shows.
    static let exampleLimit = 3
    /// How many changes of one cache are shown one by one.
    static let changeLimit = 25

    let report: RunReport
    let names: AccountNames
    let style: TextStyle
    private let columns: Int

    /// - Parameter columns: The terminal's width; a pipe gets 100, so that its output does not depend on a window.
    package init(_ report: RunReport, style: TextStyle = .plain, columns: Int = 100) {
        self.report = report
        self.style = style
        self.columns = columns
        names = AccountNames(users: report.userNames, groups: report.groupNames)
    }

    /// Returns the whole text, with a line break at its end.
    package func render() -> String {
        var page = TextPage(style: style, columns: columns)
        if report.command == .stat { return renderStatistics(on: &page) }
        writeVerdict(on: &page)
        for cache in report.caches { writeCache(cache, on: &page) }
        writeToolchains(on: &page)
        writeDelivery(on: &page)
        writeFindings(on: &page)
        writeWaivers(on: &page)
        switch report.command {
        case .check, .stat: break
        case .plan:
            writeInstallations(on: &page)
            writeEvictions(on: &page)
            writeChanges(on: &page)
            writeFileChanges(on: &page)
        case .apply, .clean, .verify:
            writeInstallationOutcomes(on: &page)
            writeRetentionOutcomes(on: &page)
            writeOutcomes(on: &page)
            writeFileOutcomes(on: &page)
        }
        writeList("Notes", report.notes, on: &page)
        writeNextSteps(on: &page)
        writeRun(on: &page)
        return page.text
    }

    func writeList(_ title: String, _ items: [String], on page: inout TextPage) {
        guard !items.isEmpty else { return }
        page.heading(title)
        for item in items { page.paragraph(item, lead: "  - ") }
    }

    private func writeNextSteps(on page: inout TextPage) {
        guard !report.nextSteps.isEmpty else { return }
        page.heading("What to do next")
        for step in report.nextSteps {
            let isCommand = step.hasPrefix("cachewarden ") || step.hasPrefix("sudo ")
            // A command is never broken: it is there to be copied.
            if isCommand { page.line("    ", .init(step, .accent)) } else { page.paragraph(step, lead: "  ") }
        }
    }

    func writeRun(on page: inout TextPage) {
        page.blank()
        for policy in report.policies {
            let place = policy.path.map { " from '\(escapedForDisplay($0.string))'" } ?? ", built in"
            let digest = policy.digest.map { " (SHA-256 \($0.prefix(12)))" } ?? ""
            page.field("policy", "'\(escapedForDisplay(policy.name))'\(place)\(digest)", indent: 0, paint: .faint)
        }
        if let audit = report.audit {
            page.field(
                "audit",
                "'\(escapedForDisplay(audit.path.string))', record \(grouped(audit.sequence)) (\(audit.hash.prefix(12)))",
                indent: 0, paint: .faint)
        }
        let duration = spoken(report.finishedAt.since(report.startedAt))
        page.field(
            "run", "\(report.runID), \(report.startedAt), took \(duration), cachewarden \(report.version)", indent: 0,
            paint: .faint)
    }
}
