internal import SystemPackage
internal import WardenModel

extension TextReport {
    /// Writes the one line that many will read no further than.
    func writeVerdict(on page: inout TextPage) {
        let (word, paint) = verdictWord
        page.paragraph("\(escapedForDisplay(report.host)) \(sentence)", lead: .init(word + "  ", paint))
    }

    var verdictWord: (String, Paint) {
        switch (report.command, report.verdict) {
        case (.clean, .compliant): return ("EMPTY", .good)
        case (.clean, .repaired): return ("EMPTIED", .good)
        case (.clean, .drift): return ("NOT EMPTY YET", .warning)
        case (.clean, .partlyRepaired): return ("PARTLY EMPTIED", .bad)
        default: break
        }
        return switch report.verdict {
        case .compliant: ("COMPLIANT", .good)
        case .drift: ("DRIFT", .warning)
        case .repaired: ("REPAIRED", .good)
        case .partlyRepaired: ("PARTLY REPAIRED", .bad)
        case .failed: ("FAILED", .bad)
        }
    }

    /// What the verdict means for the host, one sentence without its subject.
    var sentence: String {
        guard !report.caches.isEmpty || !report.delivery.plan.isEmpty || !report.toolchains.isEmpty else {
            return report.verdict == .failed
                ? "could not be looked at" : "has no cache that a policy speaks of: nothing was looked at"
        }
        if report.command == .clean, report.verdict != .failed { return cleaned }
        switch report.verdict {
        case .compliant: return "is as its policies say: \(looked)"
        case .drift: return "is not as its policies say: \(standing)\(waiting)"
        case .repaired: return "was repaired: \(changed), nothing left that differs"
        case .partlyRepaired: return "was repaired in part: \(changed), \(unchanged); \(standing)"
        case .failed: return "was left alone: \(blocked)"
        }
    }

    /// What became of a cache that was to be emptied.
    private var cleaned: String {
        let caches = report.caches.map { "'\(escapedForDisplay($0.plan.path.string))'" }.joined(separator: ", ")
        let left = report.caches.reduce(0) { $0 + (($1.after ?? $1.before).census?.inventory?.builtCount ?? 0) }
        return "\(caches): \(changed), \(counted(left, "entry", "entries")) left"
    }

    private var looked: String {
        let entries = report.caches.reduce(0) { $0 + (($1.after ?? $1.before).census?.count ?? 0) }
        let files = report.delivery.plan.files.count
        let tools = report.toolchains.isEmpty ? "" : ", \(counted(report.toolchains.count, "toolchain"))"
        let rest = files > 0 ? ", \(counted(files, "file")) that \(files == 1 ? "sends" : "send") builds there" : ""
        return
            "\(counted(report.caches.count, "cache")), \(counted(entries, "entry", "entries")) looked at\(tools)\(rest)"
    }

    /// What stands when the run ends, advice aside.
    private var standing: String {
        let findings = report.standing.filter(\.isDrift)
        guard !findings.isEmpty else { return "nothing left that differs" }
        let worst = (findings.map(\.severity).max() ?? .low).rawValue
        return findings.count == 1
            ? "1 finding (\(worst))" : "\(counted(findings.count, "finding")), the worst \(worst)"
    }

    private var waiting: String {
        // What an apply has left is no longer what its plan said.
        guard report.command != .apply else { return "" }
        let modes =
            report.caches.filter { $0.plan.findings.contains { $0.disposition == .repairable } }.map(\.plan.mode)
            + report.toolchains.map(\.plan).filter { $0.finding?.disposition == .repairable }.map(\.mode)
            + report.delivery.plan.files.filter { $0.finding?.disposition == .repairable }.map(\.mode)
        guard !modes.isEmpty else { return ", none that 'apply' can repair" }
        // A check counts findings alone; the changes are the plan's.
        let inodes = report.caches.reduce(0) { $0 + $1.plan.changeCount }
        let entries = report.caches.reduce(0) { $0 + ($1.plan.retention?.evictions.memberCount ?? 0) }
        let files = report.delivery.plan.changeCount
        let installations = report.toolchains.count { $0.plan.installation != nil }
        let changes = inodes + entries + files + installations
        let parts = [
            installations > 0 ? "\(counted(installations, "toolchain")) to install" : nil,
            entries > 0 ? "\(counted(entries, "entry", "entries")) to remove" : nil,
            inodes > 0 ? "\(counted(inodes, "inode")) to change" : nil,
            files > 0 ? "\(counted(files, "file")) to write" : nil,
        ]
        let what = changes > 0 ? parts.compactMap { $0 }.joined(separator: ", ") : "'apply' can repair"
        guard modes.contains(.enforce) else {
            return changes > 0 ? ", \(what), but the policy only audits" : ", and the policy only audits"
        }
        let all =
            (report.toolchains.flatMap(\.plan.findings) + report.caches.flatMap(\.plan.findings)
            + report.delivery.plan.allFindings).allSatisfy {
                $0.disposition == .repairable || !$0.isDrift
            }
        return changes > 0 ? ", \(what)" : ", which \(what)\(all ? "" : " in part")"
    }

    var changed: String {
        let applied = report.caches.reduce(0) { $0 + $1.outcomes.reduce(0) { $0 + $1.applied } }
        let retention = report.caches.compactMap(\.retention)
        let removed = retention.reduce(0) { $0 + $1.removed }
        let freed = retention.reduce(ByteCount.zero) { $0 + $1.freed }
        let times = retention.reduce(0) { $0 + $1.timesSet }
        var parts: [String] = []
        let installed = report.toolchains.count(where: \.isInstalled)
        if installed > 0 { parts.append("\(counted(installed, "toolchain")) installed") }
        if removed > 0 { parts.append("\(counted(removed, "entry", "entries")) removed (\(freed))") }
        if times > 0 { parts.append("\(counted(times, "mtime")) set") }
        let files = report.delivery.appliedCount
        if files > 0 { parts.append("\(counted(files, "file")) written") }
        if applied > 0 || parts.isEmpty { parts.append("\(counted(applied, "inode")) changed and read back") }
        return parts.joined(separator: ", ")
    }

    private var unchanged: String {
        let inodes = report.caches.reduce(0) { $0 + $1.outcomes.reduce(0) { $0 + $1.exceptions.count } }
        let retention = report.caches.compactMap(\.retention)
        let kept = retention.reduce(0) { $0 + $1.kept.values.reduce(0, +) }
        let failed = retention.reduce(0) { $0 + $1.failureCount }
        var parts: [String] = []
        if kept > 0 { parts.append("\(counted(kept, "entry", "entries")) kept") }
        if failed > 0 { parts.append("\(counted(failed, "entry", "entries")) failed") }
        let tools = report.toolchains.count { $0.outcome != nil && !$0.isInstalled }
        if tools > 0 { parts.append("\(counted(tools, "toolchain")) not installed") }
        let files = report.delivery.outcomes.count - report.delivery.appliedCount
        if files > 0 { parts.append("\(counted(files, "file")) not written") }
        if inodes > 0 || parts.isEmpty { parts.append("\(counted(inodes, "inode")) not changed") }
        return parts.joined(separator: ", ")
    }

    private var blocked: String {
        let caches = report.caches.filter(\.plan.isBlocked)
        guard let first = caches.first, let finding = first.plan.findings.first(where: { $0.disposition == .blocking })
        else { return "the run could not be finished" }
        let more = caches.count > 1 ? ", and \(counted(caches.count - 1, "more cache"))" : ""
        return "cache '\(escapedForDisplay(first.plan.name))' is blocked by \(finding.rule.rawValue)\(more)"
    }
}
