package import SystemPackage
internal import WardenModel

extension AuditVerification {
    /// Returns the answer for people: whether the log is whole, its head, and what cannot be said.
    package func text(_ path: FilePath) -> String {
        let place = "'\(escapedForDisplay(path.string))'"
        let counts = "\(records) \(records == 1 ? "record" : "records") of \(runs) \(runs == 1 ? "run" : "runs")"
        var lines: [String] = []
        if let defect {
            lines.append("BROKEN  \(place): \(defect)")
            lines.append("  good    \(counts) before it")
        } else {
            lines.append("WHOLE  \(place): \(counts), each carrying the hash of the one before")
        }
        if let head { lines.append("  head    record \(head.sequence), hash \(head.hash)") }
        if recoveries > 0 { lines.append("  torn    \(recoveries) cut short by a crash, each marked by the next") }
        if !unconcluded.isEmpty {
            let numbers = unconcluded.sorted().prefix(5).map(String.init).joined(separator: ", ")
            lines.append(
                "  open    \(unconcluded.count) intended and never concluded (record \(numbers)): a run was killed")
        }
        if let caveat { lines.append("  note    \(caveat)") }
        return lines.joined(separator: "\n")
    }
}
