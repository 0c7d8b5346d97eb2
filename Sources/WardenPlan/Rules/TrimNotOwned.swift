internal import SystemPackage
internal import WardenGoCache
internal import WardenModel
internal import WardenPolicy

/// `trim-not-owned`: the policy wants to own trimming, and the next build may trim.
struct TrimNotOwned: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard context.owns, context.wants(.trimNotOwned), let trim = input.trim else { return [] }
        if case .refused(let kind) = trim {
            return context.finding(
                .trimNotOwned, .refused, Difference(wanted: "trim.txt: a regular file", found: "a \(kind.rawValue)"),
                remedy: "Find out who put it there, then remove it: the next build, or run, makes it anew.")
        }
        guard TrimFile.isTrimDue(last: trim.moment, now: context.now) else { return [] }
        let found: String =
            switch trim {
            case .missing: "no trim.txt: the next build trims"
            case .trimmed(let seconds): "trim.txt says \(Timestamp(seconds: seconds)): the next build trims"
            case .unreadable, .refused: "a trim.txt that is no number: the next build trims"
            }
        return context.finding(
            .trimNotOwned, .repairable, Difference(wanted: "a trim.txt younger than a day", found: found))
    }

    /// Returns what to write; `nil` where the policy does not want it, or there is nothing to do.
    ///
    /// Not only when a trim is due: a run a day must cover until the next one, which may be late. Go takes a time up to an
    /// hour ahead for a trim that has been, so 50 minutes ahead cover 24 hours and 50 minutes.
    static func refresh(_ context: RetentionContext, _ trim: TrimObservation?) -> TrimRefresh? {
        guard context.owns, let trim else { return nil }
        if case .refused = trim { return nil }
        let moment = context.now.seconds + 3_000
        if let last = trim.moment, last.seconds > context.now.seconds - 3_600, last.seconds <= moment { return nil }
        guard trim == .missing else { return TrimRefresh(moment: moment, making: nil) }
        return TrimRefresh(moment: moment, making: making(context))
    }

    /// Returns the state of the file that is made: like the root's, so that members may write it as Go does.
    private static func making(_ context: RetentionContext) -> NodeState {
        let root = context.root.node
        let mode = ModeBits(context.planner.policy.entries.files?.rawValue ?? (root.mode.rawValue & 0o666))
        let made = NodeState(kind: .file, owner: root.owner, group: root.group, mode: mode)
        let wanted = context.planner.wantedEntry(made)
        return Repair(of: made, to: wanted)?.after ?? made
    }
}

extension RetentionContext {
    /// In an empty cache there is nothing to trim; the first build makes its own `trim.txt`.
    fileprivate var owns: Bool {
        retention.ownTrim && planner.policy.layout == .goBuild && inventory.count > 0
    }
}

extension TrimObservation {
    fileprivate var moment: Timestamp? {
        if case .trimmed(let seconds) = self { Timestamp(seconds: seconds) } else { nil }
    }
}
