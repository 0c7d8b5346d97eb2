internal import WardenModel
internal import WardenPolicy

/// `age-exceeded`: entries that nobody used for longer than `max-age`.
struct AgeExceeded: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard let age = context.retention.maxAge, let count = tally.names[.ageExceeded], count > 0 else { return [] }
        let size = ByteCount(tally.bytes[.ageExceeded, default: 0])
        return context.finding(
            .ageExceeded, .repairable, count: count,
            Difference(
                wanted: "used within \(age.components.seconds / 86_400) days",
                found: "\(grouped(UInt64(count))) entries (\(size)) not used for longer"))
    }
}
