internal import WardenModel
internal import WardenYAML

extension ValueType where Value == Timestamp {
    /// Returns the type of a moment: a date, which is the end of that day in UTC, or a time with its zone.
    static var moment: ValueType {
        let pattern =
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}(:[0-9]{2})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$"
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

/// Returns the moment that a date (its last nanosecond in UTC) or an RFC 3339 time names, or `nil`.
func parsedMoment(_ text: String) -> Timestamp? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 10, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
        let day = number(bytes[8..<10]), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
        year >= 1970, (1...12).contains(month), (1...daysOfMonth(month, year)).contains(day)
    else { return nil }
    let midnight = daysSinceEpoch(year, month, day) * 86_400
    if bytes.count == 10 { return Timestamp(seconds: midnight + 86_399, nanoseconds: 999_999_999) }
    guard bytes[10] | 0x20 == UInt8(ascii: "t"), let clock = parsedClock(bytes[11...]) else { return nil }
    return Timestamp(seconds: midnight + clock)
}

/// Returns the seconds since midnight in UTC of `18:00Z`, `18:00:30+02:00`.
private func parsedClock(_ bytes: ArraySlice<UInt8>) -> Int64? {
    let bytes = Array(bytes)
    guard bytes.count >= 6, bytes[2] == UInt8(ascii: ":"), let hour = number(bytes[0..<2]), hour < 24,
        let minute = number(bytes[3..<5]), minute < 60
    else { return nil }
    var rest = bytes[5...]
    var second: Int64 = 0
    if rest.first == UInt8(ascii: ":") {
        guard let value = number(rest.dropFirst().prefix(2)), value < 60 else { return nil }
        second = value
        rest = rest.dropFirst(3)
    }
    guard let offset = parsedOffset(Array(rest)) else { return nil }
    return hour * 3600 + minute * 60 + second - offset
}

/// Returns the seconds east of Greenwich of `Z` or `+02:00`.
private func parsedOffset(_ bytes: [UInt8]) -> Int64? {
    if bytes.count == 1 { return bytes[0] | 0x20 == UInt8(ascii: "z") ? 0 : nil }
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hours = number(bytes[1..<3]), hours <= 14,
        let minutes = number(bytes[4..<6]), minutes < 60
    else { return nil }
    let seconds = hours * 3600 + minutes * 60
    switch bytes[0] {
    case UInt8(ascii: "+"): return seconds
    case UInt8(ascii: "-"): return -seconds
    default: return nil
    }
}

/// Returns the value of digits alone, at least two of them.
private func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard digits.count >= 2, digits.allSatisfy(isDigit) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
}

private func daysOfMonth(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar.
private func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    var days = (year - 1970) * 365 + leapDays(before: year) - leapDays(before: 1970)
    for earlier in 1..<max(1, month) { days += daysOfMonth(earlier, year) }
    return days + day - 1
}

private func leapDays(before year: Int64) -> Int64 {
    let last = year - 1
    return last / 4 - last / 100 + last / 400
}
