internal import WardenModel
internal import WardenPolicy

/// `size-exceeded`, `entries-exceeded`, `free-space-low`, `free-inodes-low`: a limit of the policy is crossed.
///
/// One rule for four ids: they differ in what is measured alone.
struct LimitExceeded: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        context.limits.flatMap { limit in
            let freed = tally.freed(limit.measure)
            let cleans = context.retention.whenExceeded == .clean && context.obstacle == nil
            let disposition: Finding.Disposition = freed > 0 || cleans ? .repairable : .manual
            return context.finding(
                limit.rule, disposition,
                Difference(wanted: limit.wanted, found: limit.found + outlook(context, tally, cleans)),
                remedy: disposition == .repairable ? nil : context.obstacleRemedy)
        }
    }

    private static func outlook(_ context: RetentionContext, _ tally: SelectionTally, _ cleans: Bool) -> String {
        if cleans { return "; 'go clean -cache' empties it" }
        guard tally.totalNames > 0 else { return "; nothing of it may go" }
        return "; \(grouped(UInt64(tally.totalNames))) entries (\(ByteCount(tally.totalBytes))) unused since "
            + "\(context.moment(context.unusedSince)) can go"
    }
}

extension RetentionContext {
    /// What keeps everything, and what would help; `nil` for the rule's own remedy.
    var obstacleRemedy: String? {
        switch obstacle {
        case .noProcesses: "Mount /proc: without it nobody can say which builds are running."
        case .unreadActions: "Run as root, or with CAP_FOWNER: others' actions cannot be read without refreshing them."
        case .noAccessTimes: "Mount the file system with 'relatime', or choose 'order: age' in 'retention'."
        case nil:
            oldestBuild.map { build in
                "Wait: '\(build.command)' (process \(build.process)) has been running since \(build.startedAt), and "
                    + "nothing used since then may go. Or raise the limit."
            }
        }
    }
}
