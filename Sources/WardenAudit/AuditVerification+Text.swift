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
        if files > 1 || first > 1 {
            let gone = first > 1 ? "; those before record \(first) were removed, as 'audit.keep' says" : ""
            lines.append("  files   \(files), beginning with record \(first)\(gone)")
        }
        if authenticated > 0 {
            let rest = unauthenticated > 0 ? "; \(unauthenticated) before them by the chain alone" : ""
            lines.append("  key     \(authenticated) \(authenticated == 1 ? "record" : "records") proved by MAC\(rest)")
        }
        if keyChanges > 0 { lines.append("  key     changed \(keyChanges == 1 ? "once" : "\(keyChanges) times")") }
        if elsewhere > 0 { lines.append("  journal \(elsewhere) more in systemd's journal alone: the disk was full") }
        if let head { lines.append("  head    record \(head.sequence), hash \(head.hash)") }
        if recoveries > 0 { lines.append("  torn    \(recoveries) cut short by a crash, each marked by the next") }
        if !unconcluded.isEmpty {
            let numbers = unconcluded.sorted().prefix(5).map(String.init).joined(separator: ", ")
            lines.append(
                "  open    \(unconcluded.count) intended and never concluded (record \(numbers)): a run was killed")
        }
        for caveat in caveats { lines.append("  note    \(caveat)") }
        return lines.joined(separator: "\n")
    }
}
