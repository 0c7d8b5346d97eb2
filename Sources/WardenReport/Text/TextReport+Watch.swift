internal import WardenModel

extension TextReport {
    /// Returns what a watching agent says of one of its runs: the verdict, why it ran, and below it what stands.
    ///
    /// - Parameter causes: In a few words each.
    package func renderRun(causes: [String]) -> String {
        let (word, paint) = verdictWord
        let time = report.finishedAt.description.prefix(19)
        let why = causes.isEmpty ? "" : causes.map(escapedForDisplay).joined(separator: ", ") + "; "
        let hasChanged = report.caches.contains { $0.appliedCount > 0 } || report.delivery.appliedCount > 0
        // Other verdicts say it themselves.
        let also = report.verdict == .drift && hasChanged ? ", after \(changed)" : ""
        let elapsed = spoken(report.finishedAt.since(report.startedAt))
        var text =
            "\(time)Z  \(style.painted(word, paint))  \(escapedForDisplay(report.host)) \(sentence)\(also) (\(why)\(elapsed))\n"
        let standing = report.standing.filter(\.isDrift)
        for finding in standing.prefix(Self.findingLimit) {
            let place = "\(finding.severity.rawValue) \(finding.rule.rawValue) at \(finding.subject)"
            text +=
                "    \(style.painted(place, finding.severity.paint)): wanted \(finding.wanted), found \(finding.found)\n"
        }
        let more = standing.count - Self.findingLimit
        if more > 0 { text += "    and \(counted(more, "more finding")): 'cachewarden check' shows them\n" }
        for note in report.notes { text += "    note: \(note)\n" }
        return text
    }
}
