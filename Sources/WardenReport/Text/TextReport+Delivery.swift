internal import SystemPackage
internal import WardenModel

extension TextReport {
    /// Writes which files hand variables to builds, whom they reach, and whether they are as they should be.
    func writeDelivery(on page: inout TextPage) {
        let files = report.delivery.plan.files
        guard !files.isEmpty else { return }
        page.heading("Environment")
        for file in Self.inOrder(files) {
            page.line(
                "  ", .init(escapedForDisplay(file.path.string), .strong), "  for \(file.form.readers)",
                .init(file.mode == .audit ? "  audit only" : "", .faint))
            let wanted = file.wanted.isEmpty ? "nothing any more" : file.wanted.joined(separator: ", ")
            page.paragraph(escapedForDisplay(wanted), lead: "    ")
        }
    }

    /// A file that policies of both modes want something of is two plans.
    private static func inOrder(_ files: [FilePlan]) -> [FilePlan] {
        let order = Dictionary(uniqueKeysWithValues: DeliveryForm.allCases.enumerated().map { ($1, $0) })
        return files.sorted { left, right in
            (order[left.form] ?? 0, left.path.string, left.mode.rawValue)
                < (order[right.form] ?? 0, right.path.string, right.mode.rawValue)
        }
    }

    /// Writes which files `apply` would change.
    func writeFileChanges(on page: inout TextPage) {
        let changes = report.delivery.plan.files.filter { $0.change != nil }
        guard !changes.isEmpty else { return }
        page.heading("Files: \(counted(changes.count, "change"))")
        for (index, file) in changes.enumerated() {
            guard let change = file.change else { continue }
            let verb = change.after == nil ? "remove" : change.before == nil ? "make" : "rewrite"
            page.paragraph(
                "\(verb) \(escapedForDisplay(file.path.string))",
                lead: .init(aligned("\(index + 1).", 5) + " ", .strong))
            guard let after = change.after else { continue }
            guard file.form != .goEnvironment else {
                // Most of it is the toolchain's own text.
                page.paragraph(file.wanted.joined(separator: ", "), lead: "        ")
                continue
            }
            for line in String(decoding: after, as: UTF8.self).split(separator: "\n") {
                page.field("", escapedForText(line), indent: 6, width: 1, paint: .faint)
            }
        }
    }

    /// Writes what became of files that were to be changed.
    func writeFileOutcomes(on page: inout TextPage) {
        let delivery = report.delivery
        let waiting = delivery.plan.files.filter { $0.mode == .audit && $0.finding != nil }
        guard !delivery.outcomes.isEmpty || !waiting.isEmpty else { return }
        page.heading("Files")
        for (index, outcome) in delivery.outcomes.sorted(by: { $0.key < $1.key }) {
            guard delivery.plan.files.indices.contains(index) else { continue }
            let file = delivery.plan.files[index]
            let path = "\(escapedForDisplay(file.path.string)), for \(file.form.readers)"
            let (word, reason, paint) = Self.words(outcome, file.change)
            page.paragraph(path + reason, lead: .init("  \(padded(word, 9)) ", paint))
        }
        for file in waiting {
            page.paragraph(
                "\(escapedForDisplay(file.path.string)): the policy says 'mode: audit'",
                lead: .init("  \(padded("left", 9)) ", .warning))
        }
    }

    private static func words(_ outcome: FileOutcome, _ change: FileChange?) -> (String, String, Paint) {
        switch outcome {
        case .applied: (change?.after == nil ? "removed" : "written", "", .strong)
        case .changed: ("skipped", ": something else stands there than a moment ago", .warning)
        case .interrupted: ("skipped", ": the run was ended before its turn came", .warning)
        case .notVerified: ("failed", ": what was written does not read back; somebody interferes", .bad)
        case .failed(let reason): ("failed", ": \(reason)", .bad)
        }
    }

    /// The agent's own lines have quotes that belong to them; nothing else is in there that a terminal would obey.
    private func escapedForText(_ line: Substring) -> String {
        line.split(separator: "'", omittingEmptySubsequences: false).map { escapedForDisplay(String($0)) }
            .joined(separator: "'")
    }
}
