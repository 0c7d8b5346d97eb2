extension Timestamp {
    /// Reads a time with its zone, as RFC 3339 spells it; the seconds may be left out: `2027-01-31T18:00+02:00`.
    /// Digits behind the milliseconds are not kept. Returns `nil` for anything else, and for years before 1970.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count > 10, let day = Timestamp(dayOf: String(decoding: bytes[..<10], as: UTF8.self)),
            bytes[10] | 0x20 == UInt8(ascii: "t"), let clock = parsedClock(bytes[11...])
        else { return nil }
        self.init(seconds: day.seconds + clock.seconds, nanoseconds: clock.nanoseconds)
    }

    /// Reads a date and returns the beginning of that day in UTC; `nil` for anything else, and for years before 1970.
    package init?(dayOf text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            year >= 1970, (1...12).contains(month), (1...daysOfMonth(month, year)).contains(day)
        else { return nil }
        self.init(seconds: daysSinceEpoch(year, month, day) * 86_400)
    }
}

/// Returns the time since midnight in UTC of `18:00Z`, `18:00:30.120+02:00`.
private func parsedClock(_ text: ArraySlice<UInt8>) -> (seconds: Int64, nanoseconds: UInt32)? {
    let bytes = Array(text)
    guard bytes.count >= 6, bytes[2] == UInt8(ascii: ":"), let hour = number(bytes[0..<2]), hour < 24,
        let minute = number(bytes[3..<5]), minute < 60
    else { return nil }
    var rest = bytes[5...]
    var second: Int64 = 0
    var nanoseconds: UInt32 = 0
    if rest.first == UInt8(ascii: ":") {
        guard let value = number(rest.dropFirst().prefix(2)), value < 60 else { return nil }
        second = value
        rest = rest.dropFirst(3)
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            let milliseconds = (Array(digits) + [0x30, 0x30]).prefix(3)
            nanoseconds = milliseconds.reduce(0) { $0 * 10 + UInt32($1 - 0x30) } * 1_000_000
            rest = rest[digits.endIndex...]
        }
    }
    guard let offset = parsedOffset(Array(rest)) else { return nil }
    return (hour * 3600 + minute * 60 + second - offset, nanoseconds)
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
    guard digits.count >= 2, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
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
