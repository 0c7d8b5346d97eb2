internal import WardenModel

extension TextReport {
    /// Writes what `apply` would do, in its order.
    func writeChanges(on page: inout TextPage) {
        for cache in report.caches where !cache.plan.changes.isEmpty {
            let total = counted(cache.plan.changeCount, "inode")
            page.heading("Changes to cache \(escapedForDisplay(cache.plan.name)): \(total), in this order")
            for (index, change) in cache.plan.changes.enumerated().prefix(Self.changeLimit) {
                writeChange(change, number: index + 1, on: &page)
            }
            let rest = cache.plan.changes.dropFirst(Self.changeLimit)
            if !rest.isEmpty {
                let inodes = rest.reduce(0) { $0 + $1.subjects.count }
                page.paragraph(
                    "and \(counted(rest.count, "more change")) on \(counted(inodes, "inode"))", lead: "      ")
            }
            if cache.plan.mode == .audit {
                page.paragraph("The policy says 'mode: audit': 'apply' makes none of these changes.", lead: "  ")
            }
        }
    }

    private func writeChange(_ change: Change, number: Int, on page: inout TextPage) {
        let steps = change.steps.map(names.description(of:)).joined(separator: ", ")
        let lead = aligned("\(number).", 5) + " "
        page.paragraph("\(noun(change.role, change.subjects.count)): \(steps)", lead: .init(lead, .strong))
        if let before = change.before {
            page.field("now", names.description(of: before), indent: 6, width: 7, paint: .faint)
        }
        page.field("closes", change.rules.map(\.rawValue).joined(separator: ", "), indent: 6, width: 7, paint: .faint)
        let examples = change.subjects.paths(Self.exampleLimit).filter { !$0.isRoot }
        for (index, path) in examples.enumerated() {
            page.field(index == 0 ? "such as" : "", path.description, indent: 6, width: 7, paint: .faint)
        }
    }
}
