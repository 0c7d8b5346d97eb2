internal import SystemPackage
internal import WardenModel

/// What `verify` says of every kind of cache.
extension TextPage {
    /// Writes the verdict and the sentence that explains it.
    mutating func writeVerdict(_ verdict: VerificationReport.Verdict, _ sentence: String, isInterrupted: Bool) {
        let (word, paint): (String, Paint) =
            switch verdict {
            case .intact: ("INTACT", .good)
            case .empty: ("EMPTY", .good)
            case .incomplete: ("INCOMPLETE", .warning)
            case .damaged: ("DAMAGED", .bad)
            }
        let interrupted = isInterrupted ? "; interrupted before all were looked at" : ""
        paragraph(sentence + interrupted, lead: .init(word + "  ", paint))
    }

    /// Writes which cache it is, and who speaks of it.
    mutating func writeCache(_ name: String, _ root: FilePath, policy: String?) {
        field(
            "cache",
            "\(escapedForDisplay(name)) '\(escapedForDisplay(root.string))'"
                + (policy.map { ", policy '\(escapedForDisplay($0))'" } ?? ", no policy"))
    }

    /// Writes what a repair removed, what became of the rest, and what failed.
    ///
    /// - Parameters:
    ///   - noun: What was removed.
    ///   - afterwards: What builds do about it.
    ///   - later: What becomes of what had to stay.
    mutating func writeRepair(_ repair: VerificationRepair?, of noun: String, afterwards: String, later: String) {
        guard let repair else { return }
        heading("Repair")
        let done = "removed \(counted(repair.outcome.removed, noun)) (\(repair.outcome.freed))"
        switch repair.verdict {
        case .repaired, .compliant: paragraph("\(done): \(afterwards)", lead: "  ")
        case .drift: paragraph("\(done); \(later)", lead: "  ")
        case .partlyRepaired, .failed: paragraph("\(done); the rest is still there", lead: "  ")
        }
        for note in repair.notes { paragraph(note, lead: "  - ") }
        for failure in repair.outcome.failures {
            paragraph("cannot \(failure.operation) \(failure.path): \(failure.cause)", lead: "  - ")
        }
    }

    /// Writes what there is no answer for, and why.
    mutating func writeOmissions(
        _ omitted: [Omission: OmittedEntries],
        text: (Omission) -> String = \.text
    ) {
        guard !omitted.isEmpty else { return }
        heading("Not checked")
        for (reason, omitted) in Omission.sorted(omitted) {
            let paths = omitted.examples.map(\.description).joined(separator: ", ")
            let more = omitted.count > omitted.examples.count ? ", …" : ""
            paragraph(
                "\(text(reason)): \(paths)\(more)", lead: .init("  \(aligned(grouped(omitted.count), 5))  ", .faint))
        }
    }
}
