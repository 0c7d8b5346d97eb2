internal import WardenModel
internal import WardenYAML

extension ValueType where Value == Timestamp {
    /// Returns the type of a moment: a date, which is the end of that day in UTC, or a time with its zone.
    static var moment: ValueType {
        let pattern =
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
        return ValueType(schema: ["type": "string", "pattern": .string(pattern)]) { node, reading in
            guard let text = node.scalar?.text else {
                if !node.isRefused { reading.error("bad-date", at: node.mark, "\(rule); found \(node.found)", good) }
                return nil
            }
            if let moment = parsedMoment(text) { return moment }
            reading.error("bad-date", at: node.mark, "\(rule); found \(node.found)", good)
            return nil
        }
    }
}

private let rule =
    "a waiver ends on a date, at the end of that day in UTC, or at a time with its zone, like 2027-01-31T18:00:00Z"
private let good = "\"2027-01-31\""

/// Returns the moment that a date (its last nanosecond in UTC) or a time with its zone names, or `nil`.
private func parsedMoment(_ text: String) -> Timestamp? {
    if let midnight = Timestamp(dayOf: text) {
        return Timestamp(seconds: midnight.seconds + 86_399, nanoseconds: 999_999_999)
    }
    return Timestamp(rfc3339: text)
}
