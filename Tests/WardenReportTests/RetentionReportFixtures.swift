import SystemPackage
import WardenModel

/// A cache over its limit, before and after an `apply`.
extension ReportFixtures {
    static let limits = [
        LimitUsage(rule: .sizeExceeded, measure: .bytes, bound: .atMost, limit: 10 << 30, found: 12 << 30),
        LimitUsage(rule: .entriesExceeded, measure: .names, bound: .atMost, limit: 4_000, found: 2_696),
        LimitUsage(rule: .freeSpaceLow, measure: .bytes, bound: .atLeast, limit: 20 << 30, found: 44_023_414_784),
        LimitUsage(rule: .freeInodesLow, measure: .names, bound: .atLeast, limit: 655_360, found: 6_112_345),
    ]

    static let sizeExceeded = Finding(
        rule: .sizeExceeded, severity: .medium, disposition: .repairable, cache: "go-build",
        subject: "/var/cache/go-build", wanted: "at most 10.0 GiB",
        found: "12.0 GiB; 14 entries (4.0 GiB) unused since 2026-11-22T11:00:00.000Z can go",
        remedy: "Let the retention of the policy evict what was not used for longest, or raise the limit.")

    static func evictions(_ units: Int) -> EvictionList {
        var list = EvictionList()
        for unit in 0..<units {
            let digits = String(unit + 160, radix: 16)
            for (kind, ending) in [(InventoryEntry.Kind.action, "a"), (.output, "d")] {
                let name = "\(digits)/\(digits)\(String(repeating: "0", count: 62))-\(ending)"
                list.addMember(path: Array(name.utf8), inode: UInt64(unit * 2), kind: kind)
            }
            list.endUnit(
                lastUse: UInt32(noon.seconds) - 900_000 + UInt32(unit) * 3_600, allocated: ByteCount(614_000_000),
                rule: unit < 2 ? .ageExceeded : .sizeExceeded)
        }
        return list
    }

    static let retention: RetentionPlan = {
        var retention = RetentionPlan()
        retention.evictions = evictions(7)
        retention.unusedSince = UInt32(noon.seconds) - 90_000
        retention.times.add(path: Array("a0/x".utf8), inode: 9, moment: 1_795_000_000, reason: .lastUse)
        retention.trim = TrimRefresh(moment: 1_795_435_200, making: node(.file, 0, 5555, 0o660))
        retention.budget.time = .seconds(300)
        return retention
    }()

    static func retained(_ command: RunReport.Command, _ verdict: RunReport.Verdict, outcome: RetentionOutcome? = nil)
        -> RunReport
    {
        let plan = CachePlan(
            name: "go-build", path: path, mode: .enforce, root: InodeIdentity(device: 2049, inode: 77),
            findings: [sizeExceeded], changes: [], retention: retention, limits: limits)
        return report(
            command, verdict,
            [
                .init(
                    plan: plan, before: observation(), after: outcome == nil ? nil : observation(),
                    remaining: outcome == nil ? nil : [], retention: outcome)
            ])
    }

    static let outcome: RetentionOutcome = {
        var outcome = RetentionOutcome()
        outcome.removed = 11
        outcome.freed = ByteCount(3 << 30)
        outcome.removedByRule = [.ageExceeded: 4, .sizeExceeded: 7]
        outcome.youngest = UInt32(noon.seconds) - 100_000
        outcome.kept = [.used: 1, .waiting: 1, .open: 1]
        outcome.vanished = 1
        outcome.timesSet = 1
        outcome.fail(RelativePath("a0/\u{1b}x"), "remove", .readOnlyFileSystem)
        return outcome
    }()
}
