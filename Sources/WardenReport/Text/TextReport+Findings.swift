internal import WardenModel

extension TextReport {
    /// Writes the findings that stand when the run ends, those of one rule together, the worst first.
    func writeFindings(on page: inout TextPage) {
        let standing = report.standing
        let advice = standing.filter { $0.disposition == .advisory }
        let findings = standing.filter(\.isDrift)
        if !findings.isEmpty {
            page.heading(report.command == .apply ? "Findings that stand after the run" : "Findings")
            for group in Self.groups(findings) { writeRule(group, on: &page) }
        }
        if !advice.isEmpty {
            page.heading("Worth knowing")
            for group in Self.groups(advice) { writeRule(group, on: &page) }
        }
    }

    /// Returns findings by rule: what blocks first, then by severity, then in the rules' own order.
    static func groups(_ findings: [Finding]) -> [[Finding]] {
        let order = Dictionary(uniqueKeysWithValues: RuleID.allCases.enumerated().map { ($1, $0) })
        func rank(_ group: [Finding]) -> (Int, Int, Int) {
            let blocks = group.contains { $0.disposition == .blocking }
            let severity = group.map(\.severity).max() ?? .low
            return (
                blocks ? 0 : 1, -(Severity.allCases.firstIndex(of: severity) ?? 0),
                group.first.flatMap { order[$0.rule] } ?? 0
            )
        }
        return Dictionary(grouping: findings, by: \.rule).values.sorted { rank($0) < rank($1) }
    }

    private func writeRule(_ findings: [Finding], on page: inout TextPage) {
        guard let first = findings.first, let severity = findings.map(\.severity).max() else { return }
        let count = findings.reduce(0) { $0 + $1.count }
        let size = count == 1 ? "" : "\(counted(count, first.rule.concernsBuilds ? "finding" : "inode")), "
        page.line(
            "  ", .init(padded(severity.rawValue, 8), severity.paint), "  ",
            .init(padded(first.rule.rawValue, 22), .strong), "  \(size)\(Self.fate(of: findings))")
        // Many findings of one rule nearly always ask for the same and are closed alike: said once, it is read.
        let sharesWanted = findings.count > 1 && findings.allSatisfy { $0.wanted == first.wanted }
        let sharesRemedy = findings.count > 1 && findings.allSatisfy { $0.remedy == first.remedy }
        for finding in findings.prefix(Self.findingLimit) {
            page.paragraph(finding.subject, lead: "      ")
            if !sharesWanted { page.field("wanted", finding.wanted, indent: 8, width: 7) }
            page.field("found", finding.found, indent: 8, width: 7)
            writeExamples(of: finding, on: &page)
            if !sharesRemedy { writeRemedy(finding, indent: 8, on: &page) }
        }
        let rest = findings.dropFirst(Self.findingLimit)
        if !rest.isEmpty {
            let inodes = rest.reduce(0) { $0 + $1.count }
            page.paragraph(
                "and \(counted(rest.count, "more finding")) of this rule"
                    + (first.rule.concernsBuilds ? "" : ", on \(counted(inodes, "inode"))"),
                lead: "      ")
        }
        if sharesWanted { page.field("wanted", first.wanted, indent: 6) }
        if sharesRemedy { writeRemedy(first, indent: 6, on: &page) }
    }

    private func writeRemedy(_ finding: Finding, indent: Int, on page: inout TextPage) {
        guard !finding.remedy.isEmpty else { return }
        page.field("remedy", finding.remedy, indent: indent, width: 15 - indent)
    }

    private func writeExamples(of finding: Finding, on page: inout TextPage) {
        let examples = finding.examples.filter { !$0.path.isRoot }.prefix(Self.exampleLimit)
        for (index, example) in examples.enumerated() {
            let found = example.found.isEmpty || example.found == finding.found ? "" : ": \(example.found)"
            page.field(
                index == 0 ? "such as" : "", "\(example.path)\(found)", indent: 8, width: 7, paint: .faint)
        }
        let rest = finding.count - examples.count
        guard !examples.isEmpty, rest > 0 else { return }
        page.field("", "and \(grouped(rest)) more", indent: 8, width: 7, paint: .faint)
    }

    static func fate(of findings: [Finding]) -> String {
        let dispositions = Set(findings.map(\.disposition))
        guard dispositions.count == 1, let only = dispositions.first else { return "in part repairable by 'apply'" }
        return switch only {
        case .repairable: "repairable by 'apply'"
        case .manual: "needs a person"
        case .refused: "never touched"
        case .blocking: "blocks every change"
        case .advisory: "advice"
        case .waived: "accepted by a waiver"
        }
    }
}
