internal import WardenModel

extension TextReport {
    /// How many of the oldest units a plan shows.
    private static let unitLimit = 5

    /// Writes how the entries pair up, and how far the policy's limits are.
    func writeInventory(_ cache: RunReport.Cache, _ observation: CacheObservation, on page: inout TextPage) {
        if let inventory = observation.census?.inventory, observation.layout == .goBuild {
            let totals = inventory.totals(now: observation.observedAt)
            var parts = [counted(totals.pairs, "output with its actions", "outputs with their actions")]
            if totals.orphanedOutputs > 0 {
                parts.append(
                    "\(counted(totals.orphanedOutputs, "output")) without an action (\(totals.orphanedSize))")
            }
            if totals.orphanedActions > 0 {
                parts.append("\(counted(totals.orphanedActions, "action")) without an output")
            }
            if totals.damagedActions > 0 { parts.append("\(grouped(totals.damagedActions)) of them damaged") }
            if totals.fuzzFiles > 0 {
                parts.append("\(counted(totals.fuzzFiles, "fuzz file")) (\(totals.fuzzSize))")
            }
            page.field("pairs", parts.joined(separator: ", "))
            if inventory.unreadActions > 0 {
                page.field(
                    "unread", "\(counted(inventory.unreadActions, "action")) of others: reading them would refresh them"
                )
            }
        }
        // Before and after have their own numbers; the limits were measured before.
        let limits = cache.after == nil ? cache.plan.limits : []
        for (index, limit) in limits.enumerated() {
            page.field(
                index == 0 ? "limits" : "", Self.text(limit), paint: limit.isCrossed ? .warning : .none)
        }
    }

    private static func text(_ usage: LimitUsage) -> String {
        func number(_ value: UInt64) -> String { usage.measure == .bytes ? "\(ByteCount(value))" : grouped(value) }
        let share = usage.bound == .atMost ? percentage(usage.found, of: usage.limit).map { " (\($0))" } ?? "" : ""
        return
            "\(usage.key) \(number(usage.limit)): \(number(usage.found))\(share)\(usage.isCrossed ? ", crossed" : "")"
    }

    // MARK: - Plan

    /// Writes what `apply` would remove, oldest first.
    func writeEvictions(on page: inout TextPage) {
        for cache in report.caches {
            guard let retention = cache.plan.retention else { continue }
            let name = escapedForDisplay(cache.plan.name)
            let list = retention.evictions
            if retention.cleansWithGo {
                page.heading("Cache \(name) would be emptied by 'go clean -cache'")
            } else if !list.isEmpty {
                let total = "\(counted(list.memberCount, "entry", "entries")), \(list.allocated)"
                page.heading("To be removed from cache \(name): \(total), oldest first")
                writeUnits(list, on: &page)
                for share in list.shares {
                    page.field(
                        "for",
                        "\(share.rule.rawValue): \(counted(share.entries, "entry", "entries")), \(share.allocated)",
                        indent: 6, width: 7, paint: .faint)
                }
                page.field(
                    "keeps",
                    "whatever was used since \(Self.moment(retention.unusedSince)), also what is used from now on",
                    indent: 6, width: 7, paint: .faint)
                if retention.passes == .separate {
                    page.paragraph(
                        "Reads leave no trace on this mount: actions go now, their outputs when the builds of now have ended.",
                        lead: "      ")
                }
            }
            if !retention.times.isEmpty {
                page.heading("mtimes to be set in cache \(name): \(counted(retention.times.count, "entry", "entries"))")
            }
            if cache.plan.mode == .audit {
                page.paragraph("The policy says 'mode: audit': 'apply' does none of this.", lead: "  ")
            }
        }
    }

    private func writeUnits(_ list: EvictionList, on page: inout TextPage) {
        for (index, unit) in list.units.prefix(Self.unitLimit).enumerated() {
            let lead = aligned("\(index + 1).", 5) + " "
            page.paragraph(
                "\(unit.allocated), last used \(Self.moment(unit.lastUse)), \(counted(unit.members.count, "name")), \(unit.rule?.rawValue ?? "asked for")",
                lead: .init(lead, .strong))
            for member in unit.members.prefix(2) { page.field("", list.path(member).description, indent: 6, width: 0) }
        }
        let rest = list.units.count - Self.unitLimit
        guard rest > 0, let last = list.units.last else { return }
        page.paragraph("and \(grouped(rest)) more, the last used \(Self.moment(last.lastUse))", lead: "      ")
    }

    private static func moment(_ seconds: UInt32) -> String {
        let text = Timestamp(seconds: Int64(seconds)).description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
    }

    // MARK: - Apply

    /// Writes what retention removed, and what stayed and why.
    func writeRetentionOutcomes(on page: inout TextPage) {
        for cache in report.caches {
            guard let outcome = cache.retention, !outcome.isSilent else { continue }
            page.heading("Retention of cache \(escapedForDisplay(cache.plan.name))")
            if let clean = outcome.goClean {
                page.paragraph(clean.summary, lead: "  ", paint: clean.isEffective ? .none : .bad)
                if !clean.output.isEmpty { page.field("said", clean.output) }
            }
            if outcome.removed > 0 {
                let reasons = outcome.removedByRule.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { "\($0.key.rawValue) \(grouped($0.value))" }.joined(separator: ", ")
                let youngest = outcome.youngest.map { ", the youngest last used \(Self.moment($0))" } ?? ""
                page.paragraph(
                    "entries removed, \(outcome.freed) freed\(youngest)\(reasons.isEmpty ? "" : ": ")\(reasons)",
                    lead: .init("  \(aligned(grouped(outcome.removed), 9)) ", .strong))
            }
            if outcome.timesSet > 0 {
                page.paragraph(
                    "mtimes set to when the entry was last used",
                    lead: .init("  \(aligned(grouped(outcome.timesSet), 9)) ", .strong))
            }
            for reason in KeptReason.allCases {
                guard let count = outcome.kept[reason] else { continue }
                page.paragraph(
                    "kept: \(reason.explanation)", lead: .init("  \(aligned(grouped(count), 9)) ", .strong),
                    paint: reason == .refused ? .warning : .none)
            }
            if outcome.vanished > 0 {
                page.paragraph(
                    "gone before their turn, as is normal in a cache in use",
                    lead: .init("  \(aligned(grouped(outcome.vanished), 9)) ", .strong))
            }
            writeFailures(outcome, on: &page)
            // Where rights were repaired too, both are told together.
            if cache.outcomes.isEmpty { writeMovement(cache, on: &page) }
        }
    }

    private func writeFailures(_ outcome: RetentionOutcome, on page: inout TextPage) {
        guard outcome.failureCount > 0 else { return }
        page.paragraph(
            "failed:", lead: .init("  \(aligned(grouped(outcome.failureCount), 9)) ", .strong), paint: .bad)
        for failure in outcome.failures.prefix(Self.exampleLimit) {
            page.paragraph("cannot \(failure.operation) '\(failure.path)': \(failure.cause)", lead: "            ")
        }
        let rest = outcome.failureCount - min(outcome.failures.count, Self.exampleLimit)
        if rest > 0 { page.paragraph("and \(grouped(rest)) more", lead: "            ") }
    }
}

extension RetentionOutcome {
    /// Whether there is nothing that anybody would want to read: `trim.txt` kept fresh in time.
    fileprivate var isSilent: Bool {
        removed == 0 && timesSet == 0 && kept.isEmpty && vanished == 0 && failureCount == 0 && goClean == nil
    }
}

extension KeptReason {
    fileprivate var explanation: String {
        switch self {
        case .used: "somebody used them after the plan was made"
        case .open: "somebody has them open"
        case .replaced: "another inode stands at the name"
        case .refused: "they turned into something that is never touched"
        case .waiting: "their actions went just now, and a build may know them; the next run looks again"
        case .budget: "the run's time was up; the next run goes on"
        case .interrupted: "the run was ended before their turn"
        }
    }
}

extension LimitUsage {
    /// As policies spell it.
    var key: String {
        switch rule {
        case .sizeExceeded: "max-size"
        case .entriesExceeded: "max-entries"
        case .freeSpaceLow: "min-free"
        case .freeInodesLow: "min-free-inodes"
        default: "fuzz-max-size"
        }
    }
}
