/// A moment: whole seconds and nanoseconds since 1970-01-01T00:00:00Z. Corresponds to `struct timespec`.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package let seconds: Int64
    /// 0 ..< 1,000,000,000.
    package let nanoseconds: UInt32

    package init(seconds: Int64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = min(nanoseconds, 999_999_999)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Returns the time from `start` to this moment; negative where this one is earlier.
    package func since(_ start: Timestamp) -> Duration {
        .seconds(seconds - start.seconds) + .nanoseconds(Int64(nanoseconds) - Int64(start.nanoseconds))
    }
}

extension Timestamp: CustomStringConvertible {
    /// Returns the moment as RFC 3339 in UTC with milliseconds: `2026-11-23T03:50:59.120Z`.
    ///
    /// A moment outside the years 0 to 9999, which only a hostile file holds, is given as its number: `@-9223372036854775808`.
    package var description: String {
        guard (-62_167_219_200..<253_402_300_800).contains(seconds) else { return "@\(seconds)" }
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let clock = seconds - days * 86_400
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(clock / 3600, 2)):\(padded(clock / 60 % 60, 2)):\(padded(clock % 60, 2))"
        return "\(date)T\(time).\(padded(Int64(nanoseconds / 1_000_000), 3))Z"
    }
}

/// Returns the Gregorian date of a day counted from 1970-01-01.
///
/// The era arithmetic of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years begin in March, so
/// that the leap day comes last and months have a closed form.
private func civilDate(daysSinceEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
