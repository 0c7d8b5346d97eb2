internal import WardenModel
internal import WardenPolicy

/// `last-use-unreliable`: what is known of last use does not carry what the policy asks for.
struct LastUseUnreliable: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard context.planner.wants(.lastUseUnreliable) else { return [] }
        switch context.obstacle {
        case .noAccessTimes:
            return context.finding(
                .lastUseUnreliable, .manual,
                Difference(
                    wanted: "a mount that records reads, for 'order: lru'",
                    found: "mounted with \(context.accessTimes.rawValue): nothing is evicted"),
                remedy: context.obstacleRemedy)
        case .noProcesses:
            return context.finding(
                .lastUseUnreliable, .manual,
                Difference(wanted: "/proc, to see running builds", found: "no /proc: nothing is evicted"),
                remedy: context.obstacleRemedy)
        case .unreadActions(let count):
            return context.finding(
                .lastUseUnreliable, .manual, count: count,
                Difference(
                    wanted: "actions that can be read without refreshing them",
                    found: "\(grouped(UInt64(count))) belong to others: nothing is evicted"),
                remedy: context.obstacleRemedy)
        case nil: break
        }
        guard context.keepRecent > context.retention.keepRecent else { return [] }
        return context.finding(
            .lastUseUnreliable, .advisory,
            Difference(
                wanted: "'strictatime', for a 'keep-recent' below 25 hours",
                found: "mounted with \(context.accessTimes.rawValue): 25 hours are kept"),
            remedy: "Mount the file system with 'strictatime', or take 'keep-recent' out of the policy.")
    }
}
