internal import WardenModel
internal import WardenPolicy

/// `fuzz-exceeded`: the corpora below `fuzz/`, which Go never trims, take more than the policy allows.
struct FuzzExceeded: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard let most = context.retention.fuzzMaxSize, excess(context) != nil else { return [] }
        let fuzzing = context.builds.builds.first { $0.activity == .fuzzing }
        let goes = tally.names[.fuzzExceeded, default: 0] > 0
        return context.finding(
            .fuzzExceeded, goes ? .repairable : .manual,
            Difference(wanted: "at most \(most) below fuzz/", found: "\(size(context))"),
            remedy: fuzzing.map { "Wait until '\($0.command)' (process \($0.process)) ends: it reads the corpora." }
                ?? (goes ? "Let 'apply' remove what was not used for longest." : nil))
    }

    /// Returns how many bytes have to go, or `nil` where the limit holds.
    static func excess(_ context: RetentionContext) -> UInt64? {
        guard let most = context.retention.fuzzMaxSize, context.planner.wants(.fuzzExceeded) else { return nil }
        let size = size(context)
        guard size > most else { return nil }
        return size.rawValue - RetentionLimit.share(most.rawValue, percent: context.retention.lowWater)
    }

    private static func size(_ context: RetentionContext) -> ByteCount {
        context.census.groups.reduce(.zero) { $1.role == .fuzz ? $0 + $1.allocated : $0 }
    }
}
