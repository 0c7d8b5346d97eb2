internal import WardenModel

extension RuleReference {
    /// Returns the texts of the rules on size and age, or `nil` for other rules.
    static func retentionText(of id: RuleID) -> RuleText? {
        limitText(of: id) ?? ageText(of: id)
    }

    private static func limitText(of id: RuleID) -> RuleText? {
        switch id {
        case .sizeExceeded:
            RuleText(
                .medium, "The cache takes more on disk than 'max-size'.",
                why: "Go limits its cache by age alone; a busy host fills its disk within the five days that Go waits.",
                remedy: evict)
        case .entriesExceeded:
            RuleText(
                .medium, "The cache holds more files than 'max-entries'.",
                why:
                    "Entries are small and many: inodes and the time of every backup and walk run out before the bytes do.",
                remedy: evict)
        case .freeSpaceLow:
            RuleText(
                .high, "The cache's file system has less free space than 'min-free'.",
                why: "On a full disk builds fail half-way, for everybody whose files stand there.",
                remedy: evict)
        case .freeInodesLow:
            RuleText(
                .high, "The cache's file system has fewer free inodes than 'min-free-inodes'.",
                why: "Without inodes no file can be made, though bytes are free; a build makes thousands of them.",
                remedy: evict)
        case .fuzzExceeded:
            RuleText(
                .low, "The fuzzing corpora in the cache take more than 'fuzz-max-size'.",
                why: "Go never trims $GOCACHE/fuzz, and 'go clean -cache' leaves it: it only grows.",
                remedy:
                    "Let 'apply' remove what was not used for longest, or run 'go clean -fuzzcache' as the user who fuzzes."
            )
        case .retentionThrash:
            RuleText(
                .medium, "The limits are smaller than what builds used in the last day.",
                why: "What is evicted today is built again tomorrow: the cache costs time instead of saving it.",
                remedy: "Raise 'max-size' or 'max-entries', or move some builds to another cache.")
        default: nil
        }
    }

    private static func ageText(of id: RuleID) -> RuleText? {
        switch id {
        case .ageExceeded:
            RuleText(
                .low, "Entries were not used for longer than 'max-age'.",
                why: "They only take room: toolchains and dependencies have moved on.",
                remedy: evict)
        case .toolchainDropped:
            RuleText(
                .low, "Outputs are there of Go versions that 'drop-toolchains' names.",
                why:
                    "No build of another version can use them: they only take room, until they are old enough for the limits.",
                remedy: "Run 'cachewarden apply': it removes those that nobody has used lately, before anything else.")
        case .lastUseStale:
            RuleText(
                .medium, "Entries in use look old to Go.",
                why:
                    "A hit refreshes an entry's time only if the building user owns it. In a shared cache Go's daily trim "
                    + "therefore removes what others used today: of 1,354 entries 1 was left after such a build.",
                remedy: "Run 'cachewarden apply': it sets the mtimes, so that Go and everybody else sees the truth.")
        case .lastUseUnreliable:
            RuleText(
                .medium, "The mount does not record reads, so nobody can know what is in use.",
                why: "With 'noatime' an entry that everybody reads looks as old as one that nobody wants.",
                remedy: "Mount the cache's file system with 'relatime', or choose 'order: age'.")
        case .trimNotOwned:
            RuleText(
                .medium, "The policy wants to own trimming, and 'trim.txt' lets Go do it.",
                why:
                    "Go skips its own trim while 'trim.txt' is less than 24 hours old. Left to Go, everything that was not "
                    + "refreshed for five days goes at the end of somebody's build.",
                remedy: "Run the agent at least once a day, so that it keeps 'trim.txt' fresh.")
        default: nil
        }
    }
}

private let evict = "Let the retention of the policy evict what was not used for longest, or raise the limit."
