internal import WardenModel
internal import WardenPolicy

/// `retention-thrash`: a limit lies below what builds are using, so that what goes today is built again tomorrow.
struct RetentionThrash: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard context.planner.wants(.retentionThrash), context.obstacle == nil,
            context.retention.whenExceeded == .evict, hasBudgetLeft(context, tally)
        else { return [] }
        return context.limits.flatMap { limit -> [Finding] in
            let freed = tally.freed(limit.measure)
            guard freed < limit.excess else { return [] }
            let missing = limit.excess - freed
            let amount =
                limit.measure == .bytes ? "\(ByteCount(missing))" : "\(grouped(missing)) entries"
            let builds = context.builds.builds.count
            let why =
                builds > 0
                ? "used since \(context.moment(context.unusedSince)), when the oldest of \(builds) running builds began or before"
                : "used since \(context.moment(context.unusedSince))"
            return context.finding(
                .retentionThrash, .manual,
                Difference(
                    wanted: "\(limit.wanted), as \(limit.rule.rawValue) asks for",
                    found: "\(amount) more than that was \(why)"),
                remedy: context.obstacleRemedy)
        }
    }

    /// A run that stops for its budget says nothing about the limit.
    private static func hasBudgetLeft(_ context: RetentionContext, _ tally: SelectionTally) -> Bool {
        context.retention.budget.entries.map { tally.totalNames < $0 } ?? true
    }
}
