internal import WardenModel

/// `entry-stranger`: a name that Go does not make. Counted and reported, never changed, never removed.
struct EntryStranger: CacheRule {
    static var entryRule: RuleID? { .entryStranger }

    static func findings(_ context: CacheContext) -> [Finding] {
        guard let census = context.observation.census else { return [] }
        let strangers = census.groups.filter { $0.role == .stranger && $0.refusal == nil }
        let count = strangers.reduce(0) { $0 + $1.count }
        guard count > 0 else { return [] }
        let size = strangers.reduce(ByteCount.zero) { $0 + $1.allocated }
        let examples = strangers.flatMap { $0.subjects.paths(Finding.exampleLimit) }.sorted().prefix(
            Finding.exampleLimit
        )
        .map { Finding.Example(path: $0, found: "not a name that Go makes") }
        return [
            context.planner.finding(
                .entryStranger, .advisory, count: count, subject: "below \(context.path)",
                Difference(wanted: "only what Go makes", found: "\(size) that Go did not make"),
                examples: Array(examples))
        ]
    }
}
