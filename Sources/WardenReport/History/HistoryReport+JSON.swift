internal import SystemPackage
internal import WardenModel

extension HistoryReport {
    /// Throws only what `JSONEncoder` throws.
    package func json() throws -> [UInt8] {
        try JSONText.encode(document)
    }

    private var document: JSONValue {
        [
            "schema": .string(Self.schema), "host": .text(history.host), "log": .string(history.log.string),
            "since": .string(history.since.description), "until": .string(history.until.description),
            "runs": runsValue, "caches": .array(history.caches.map(value)), "host-drift": value(history.hostDrift),
            "unreadable-lines": .count(history.unreadable),
        ]
    }

    private var runsValue: JSONValue {
        let verdicts = history.runs.verdicts.map { ($0.rawValue, JSONValue.count($1)) }
        return [
            "count": .count(history.runs.count), "unfinished": .count(history.runs.unfinished),
            "verdicts": .object(Dictionary(uniqueKeysWithValues: verdicts)),
            "last": .text(history.runs.last?.description), "last-success": .text(history.runs.lastSuccess?.description),
            "hours-since-last-success": history.sinceLastSuccess.map {
                .number((Double($0.components.seconds) / 360).rounded() / 10)
            } ?? .null,
        ]
    }

    private func value(_ cache: History.Cache) -> JSONValue {
        [
            "name": .string(cache.name), "path": .string(cache.path.string),
            "smallest-bytes": number(cache.trend.smallest), "largest-bytes": number(cache.trend.largest),
            "removed": .object(cache.removed.mapValues(JSONValue.count)),
            "freed-bytes": .unsigned(cache.freed.rawValue),
            "changed": .count(cache.changed), "failed": .count(cache.failed), "drift": value(cache.drift),
            "points": .array(
                cache.trend.points.map { point in
                    [
                        "time": .string(point.moment.description), "found-bytes": number(point.found),
                        "left-bytes": number(point.left), "entries": .count(point.entries),
                        "limit-bytes": number(point.limit),
                    ]
                }),
        ]
    }

    private func value(_ drift: DriftHistory) -> JSONValue {
        .array(
            drift.rules.map { rule in
                let origins = DriftHistory.Origin.allCases.map { ($0.rawValue, JSONValue.count(rule.runs[$0] ?? 0)) }
                return [
                    "rule": .string(rule.name), "runs": .count(rule.count), "last": .string(rule.last.description),
                    "standing": .count(rule.standing), "origins": .object(Dictionary(uniqueKeysWithValues: origins)),
                ]
            })
    }

    private func number(_ bytes: ByteCount?) -> JSONValue { bytes.map { .unsigned($0.rawValue) } ?? .null }
}
