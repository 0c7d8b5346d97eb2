internal import WardenModel

/// `last-use-stale`: entries that were used, and look old to Go.
///
/// Go refreshes an mtime at most once an hour, and only the owner may; it trims what is older than five days. So a
/// difference counts once it is more than that hour and the mtime more than a day old: long before it does harm.
struct LastUseStale: RetentionRule {
    static func findings(_ context: RetentionContext, _ input: RetentionInput, _ tally: SelectionTally) -> [Finding] {
        guard tally.stale + tally.future > 0 else { return [] }
        var found: [String] = []
        if tally.stale > 0 { found.append("\(grouped(UInt64(tally.stale))) entries were used later than that") }
        if tally.future > 0 { found.append("\(grouped(UInt64(tally.future))) entries have a time in the future") }
        return context.finding(
            .lastUseStale, .repairable, count: tally.stale + tally.future,
            Difference(wanted: "mtimes that say when entries were last used", found: found.joined(separator: ", ")),
            remedy: "Run 'cachewarden apply': it sets the mtimes, so that Go and everybody else sees the truth.")
    }

    /// Whether an mtime hides a use; all in seconds since the epoch.
    static func isStale(_ modified: UInt32, _ lastUse: UInt32, now: UInt32) -> Bool {
        UInt64(lastUse) > UInt64(modified) + 3_600 && UInt64(modified) + 86_400 < UInt64(now)
    }
}
