internal import WardenModel

/// The checks of size and age.
extension LintText {
    static let keepRecentShort = LintText(
        .warning, "'keep-recent' is shorter than 25 hours.",
        why:
            "Under 'relatime', the default of Linux, the kernel notes a read only if the last noted one is a day old. An entry "
            + "that every build of today used may look 24 hours old, and a build that has found it and opens it later "
            + "fails with 'no such file or directory'. Therefore such mounts get 25 hours whatever the policy says; a "
            + "shorter time counts under 'strictatime' alone.",
        remedy: "Leave the key out, or say '25h' or more.")

    static let ageBelowKeepRecent = LintText(
        .error, "'max-age' is shorter than 'keep-recent'.",
        why:
            "What was used within 'keep-recent' never goes, since a running build may have found it and not opened it yet. So "
            + "nothing goes at the age that the policy names, and the cache is larger than its readers expect.",
        remedy: "Raise 'max-age', to some days at least: what goes too early is built again.")

    static let cleanNeedsGoBuild = LintText(
        .error, "'when-exceeded: clean' stands in a cache that is no Go build cache.",
        why:
            "It runs 'go clean -cache', which empties a Go build cache and nothing else. In a module cache or a plain directory "
            + "there is nothing to run, and as 'clean' takes the place of evicting, nothing goes either: the tree grows "
            + "over its limit until the disk is full and builds fail.",
        remedy: "Say 'when-exceeded: evict' or leave the key out: module versions and files then go by their last use.")

    static let dropNeedsGoBuild = LintText(
        .error, "'drop-toolchains' stands in a cache that is no Go build cache.",
        why:
            "Only a Go build cache has outputs that say which Go made them. In a module cache or a plain directory nothing "
            + "would ever go for it.",
        remedy: "Leave the key out: module versions and files go by their last use.")

    static let cleanNeedsOwner = LintText(
        .error, "'when-exceeded: clean' stands in a cache that root owns.",
        why:
            "'go clean -cache' runs as the owner of the cache, and never as root: whoever may write there can leave links by "
            + "which root's 'go' writes to other files. So nothing is run, and as 'clean' takes the place of evicting, "
            + "nothing goes either.",
        remedy: "Say 'when-exceeded: evict', which needs no 'go', or name a user who builds as the 'owner'.")

    static let patternsNeedDirectory = LintText(
        .error, "'include' or 'exclude' stands in a cache with a structure of its own.",
        why:
            "Outputs go with the actions that name them, and a module version goes with all its files: half of one is a failed "
            + "build and no cache miss. Names in a Go build cache are hashes, so that a pattern could not tell them apart "
            + "anyway.",
        remedy: "Take the patterns out, or say 'layout: directory' if the tree really is none of Go's caches.")
}
