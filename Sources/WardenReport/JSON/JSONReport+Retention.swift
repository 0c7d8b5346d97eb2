internal import SystemPackage
internal import WardenModel

extension JSONReport {
    static func value(of inventory: Inventory, at now: Timestamp) -> JSONValue {
        let totals = inventory.totals(now: now)
        return [
            "entries": .count(inventory.count), "pairs": .count(totals.pairs),
            "orphaned-outputs": .count(totals.orphanedOutputs), "orphaned-actions": .count(totals.orphanedActions),
            "damaged-actions": .count(totals.damagedActions),
            "orphaned-bytes": .unsigned(totals.orphanedSize.rawValue), "fuzz-files": .count(totals.fuzzFiles),
            "fuzz-bytes": .unsigned(totals.fuzzSize.rawValue), "unread-actions": .count(inventory.unreadActions),
        ]
    }

    static func value(of retention: RetentionPlan) -> JSONValue {
        let list = retention.evictions
        return [
            "entries": .count(list.memberCount), "units": .count(list.units.count),
            "allocated-bytes": .unsigned(list.allocated.rawValue), "passes": .string(retention.passes.rawValue),
            "unused-since": moment(retention.unusedSince), "times": .count(retention.times.count),
            "refreshes-trim": .bool(retention.trim != nil), "cleans-with-go": .bool(retention.cleansWithGo),
            "by-rule": .array(
                list.shares.map {
                    [
                        "rule": .string($0.rule.rawValue), "entries": .count($0.entries),
                        "allocated-bytes": .unsigned($0.allocated.rawValue),
                    ]
                }),
            "oldest": .array(list.units.prefix(10).map { value(of: $0, in: list) }),
        ]
    }

    private static func value(of unit: EvictionList.Unit, in list: EvictionList) -> JSONValue {
        [
            "last-use": moment(unit.lastUse), "allocated-bytes": .unsigned(unit.allocated.rawValue),
            "rule": .text(unit.rule?.rawValue),
            "paths": .array(unit.members.map { .encodable(list.path($0)) }),
        ]
    }

    static func value(of outcome: RetentionOutcome) -> JSONValue {
        [
            "removed": .count(outcome.removed), "freed-bytes": .unsigned(outcome.freed.rawValue),
            "removed-by-rule": .object(
                Dictionary(uniqueKeysWithValues: outcome.removedByRule.map { ($0.key.rawValue, .count($0.value)) })),
            "youngest-removed": outcome.youngest.map(moment) ?? .null, "vanished": .count(outcome.vanished),
            "kept": .object(
                Dictionary(uniqueKeysWithValues: outcome.kept.map { ($0.key.rawValue, .count($0.value)) })),
            "failed": .count(outcome.failureCount),
            "failures": .array(
                outcome.failures.map {
                    [
                        "path": .encodable($0.path), "operation": .string($0.operation),
                        "error": [
                            "errno": .integer(Int64($0.cause.rawValue)), "message": .string($0.cause.description),
                        ],
                    ]
                }),
            "times-set": .count(outcome.timesSet), "trim-refreshed": .bool(outcome.trimRefreshed),
            "go-clean": outcome.goClean.map {
                [
                    "effective": .bool($0.isEffective), "summary": .string($0.summary), "output": .string($0.output),
                ]
            } ?? .null,
        ]
    }

    static func moment(_ seconds: UInt32) -> JSONValue {
        .string(Timestamp(seconds: Int64(seconds)).description)
    }
}
