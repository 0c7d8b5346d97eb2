internal import SystemPackage
internal import WardenModel

extension TextReport {
    /// Writes what `apply` did, what it left alone and why, and how the counters moved.
    func writeOutcomes(on page: inout TextPage) {
        for cache in report.caches {
            let name = escapedForDisplay(cache.plan.name)
            guard !cache.outcomes.isEmpty else {
                if !cache.plan.changes.isEmpty {
                    page.heading("Changes to cache \(name)")
                    let why = cache.plan.mode == .audit ? "the policy says 'mode: audit'" : "the cache is blocked"
                    page.paragraph("none of \(grouped(cache.plan.changeCount)) was made: \(why)", lead: "  ")
                }
                continue
            }
            page.heading("Changes to cache \(name)")
            for outcome in cache.outcomes.prefix(Self.changeLimit) { writeOutcome(outcome, of: cache.plan, on: &page) }
            let rest = cache.outcomes.count - Self.changeLimit
            if rest > 0 { page.paragraph("and \(counted(rest, "more change"))", lead: "  ") }
            writeReasons(cache.outcomes.flatMap(\.exceptions), on: &page)
            writeMovement(cache, on: &page)
        }
    }

    private func writeOutcome(_ outcome: ChangeOutcome, of plan: CachePlan, on page: inout TextPage) {
        guard plan.changes.indices.contains(outcome.change) else { return }
        let change = plan.changes[outcome.change]
        let steps = change.steps.map(names.description(of:)).joined(separator: ", ")
        let left = outcome.exceptions.isEmpty ? "" : "of \(grouped(outcome.applied + outcome.exceptions.count)) "
        let lead = TextPage.Piece("  \(aligned(grouped(outcome.applied), 9)) ", .strong)
        let kind = noun(change.role, change.subjects.count).drop { $0 != " " }.dropFirst()
        page.paragraph("\(left)\(kind): \(steps)", lead: lead)
    }

    /// Writes the reasons why subjects were left alone, each with its count and a few of them.
    private func writeReasons(_ exceptions: [ChangeOutcome.Exception], on page: inout TextPage) {
        let byReason = Dictionary(grouping: exceptions) { Self.reason(of: $0.outcome) }
        for (reason, group) in byReason.sorted(by: { ($1.value.count, $0.key.text) < ($0.value.count, $1.key.text) }) {
            page.paragraph(
                "\(reason.word): \(reason.text)", lead: .init("  \(aligned(grouped(group.count), 9)) ", .strong),
                paint: reason.word == "failed" ? .bad : .warning)
            for exception in group.prefix(Self.exampleLimit) {
                page.paragraph(
                    exception.path.isRoot ? "the cache root" : exception.path.description, lead: "            ")
            }
            let rest = group.count - Self.exampleLimit
            if rest > 0 { page.paragraph("and \(grouped(rest)) more", lead: "            ") }
        }
    }

    private struct Reason: Hashable {
        let word: String
        let text: String
    }

    private static func reason(of outcome: Outcome) -> Reason {
        switch outcome {
        case .applied: Reason(word: "applied", text: "")
        case .failed(let operation, let cause): Reason(word: "failed", text: "cannot \(operation) them: \(cause)")
        case .skipped(let skip): Reason(word: "skipped", text: explanation(of: skip))
        }
    }

    private static func explanation(of skip: Outcome.Skip) -> String {
        switch skip {
        case .vanished: "gone before their turn, as is normal in a cache in use"
        case .replaced: "another inode stands at the name now"
        case .changed: "somebody changed them since the plan was made; the next run looks again"
        case .interrupted: "the run was ended before their turn"
        case .notVerified: "what was written does not read back: CAP_FSETID is missing, or somebody interferes"
        case .refused: "they turned into something that is never touched"
        case .unproven: "private files that do not hold what their names say stay private: look whose they are"
        }
    }

    func writeMovement(_ cache: RunReport.Cache, on page: inout TextPage) {
        guard let after = cache.after, let remaining = cache.remaining else { return }
        func differing(_ findings: [Finding]) -> Int {
            findings.reduce(0) { $0 + ($1.isDrift ? $1.count : 0) }
        }
        let before = (cache.before.census?.count ?? 0, cache.before.census?.allocated ?? .zero)
        let now = (after.census?.count ?? 0, after.census?.allocated ?? .zero)
        page.field(
            "before",
            "\(counted(differing(cache.plan.findings), "difference")), \(counted(before.0, "inode")), \(before.1)",
            width: 7)
        page.field(
            "after", "\(counted(differing(remaining), "difference")), \(counted(now.0, "inode")), \(now.1)", width: 7)
    }
}
