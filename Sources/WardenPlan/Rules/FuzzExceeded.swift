internal import WardenModel
internal import WardenPolicy

/// `fuzz-exceeded`: the corpora below `fuzz/`, which Go never trims, take more than the policy allows.
struct FuzzExceeded: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard let limit = limit(context) else { return [] }
        let fuzzing = context.builds.builds.first { $0.activity == .fuzzing }
        let goes = tally.names[.fuzzExceeded, default: 0] > 0
        return context.finding(
            .fuzzExceeded, goes ? .repairable : .manual,
            Difference(wanted: "\(limit.wanted) below fuzz/", found: limit.found),
            remedy: fuzzing.map { "Wait until '\($0.command)' (process \($0.process)) ends: it reads the corpora." }
                ?? (goes ? "Let 'apply' remove what was not used for longest." : nil))
    }

    /// Returns the limit where it is crossed.
    static func limit(_ context: RetentionContext) -> RetentionLimit? {
        guard context.wants(.fuzzExceeded) else { return nil }
        return context.usages.first { $0.rule == .fuzzExceeded }
            .flatMap { RetentionLimit($0, lowWater: context.retention.lowWater) }
    }
}
