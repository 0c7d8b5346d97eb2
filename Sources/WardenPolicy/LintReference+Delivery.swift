internal import WardenModel

/// The checks of what policies and settings say against each other, of how builds find a cache, and of secrets.
extension LintText {
    static let policyNameTwice = LintText(
        .error, "Two policies in force on this host have the same name.",
        why:
            "Reports and the audit log name a policy, not its file: nobody could tell by which of the two a cache was changed. "
            + "Mostly it is a copy that was to replace the other, and both are in force.",
        remedy: "Give each a name of its own, or remove the file that is out of date.")

    static let cacheNameTwice = LintText(
        .error, "Two caches of one policy have the same name.",
        why:
            "Reports, the audit log and commands name a cache by it. Left out it is the last part of the path, so that "
            + "'/var/cache/a/go-build' and '/var/cache/b/go-build' are both 'go-build'.",
        remedy: "Give each cache a 'name' of its own.")

    static let cacheRootsOverlap = LintText(
        .error, "Two caches have the same root, or one lies in the other.",
        why:
            "Both policies would set owner, group and mode of the same entries and evict by different limits: what one repairs "
            + "the other finds violated, at every run, and builds work or fail by whichever came last. An inner cache is "
            + "also a stranger to the outer one, which counts it and can never make it smaller.",
        remedy: "Let one policy govern each tree, and put caches side by side.")

    static let variableTwice = LintText(
        .error, "Two policies set one variable to different values.",
        why:
            "A build has one GOCACHE. Which of the two it is would depend on the order in which files are read, and some builds "
            + "would fill a cache that the others never look into.",
        remedy: "Set each variable once, or to the same value.")

    static let secretInSettings = LintText(
        .error, "The settings hold a webhook's URL where a credential is named.",
        why:
            "Whoever knows a webhook's URL can post to its channel, and settings are copied into repositories, backups and bug "
            + "reports. Slack revokes URLs that it finds in public. What stands there is never repeated.",
        remedy:
            "Replace the URL, as it has stood in a file. Name a credential, and give the unit its value with LoadCredential=."
    )
}
