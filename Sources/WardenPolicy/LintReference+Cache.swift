internal import WardenModel

/// The checks of where a cache stands and who uses it.
extension LintText {
    static let reservedPath = LintText(
        .error, "The cache root is a directory of the system, or somebody's home itself.",
        why:
            "The rights of a cache are set on the whole tree: with '/var' as the root every log, database and mail box "
            + "below it would get the cache's group and mode, and services would stop.",
        remedy: "Give the cache a directory of its own, such as '/var/cache/go-build'.")

    static let cacheInHome = LintText(
        .error, "A policy with 'mode: enforce' has a cache root in somebody's home.",
        why:
            "Whoever owns the home can put another directory, or a link to one, in the place of every folder below it, at "
            + "any moment of a repair that runs with the agent's rights. The run would refuse the path, so that the "
            + "policy promises what never happens.",
        remedy: "Move the cache to '/var/cache' and set GOCACHE, or say 'mode: audit': looking at it is fine.")

    static let otherWritable = LintText(
        .error, "The mode or the ACL lets every user of the host write.",
        why:
            "Go checks an output's size but not its hash when it links it. Any account, a hijacked web server's too, could "
            + "put code of the same size into an output, and the next build of everybody links and runs it.",
        remedy:
            "Let a group write instead: \"group:builders:rwX\" and \"other::---\", and 'trust: mutual' for its members."
    )

    static let untrustedSharing = LintText(
        .error, "More than one user may write, and the policy does not say that they trust each other.",
        why:
            "Whoever may write to a Go build cache can run code in the builds of all who use it: Go links a changed output "
            + "of the right size without a word, and 'go mod verify' sees nothing. No permission prevents that, so "
            + "sharing is a decision that somebody has to have taken.",
        remedy: "Say 'trust: mutual' and mean it, or give each user a cache of their own.")

    static let privilegedUser = LintText(
        .warning, "The ACL or 'owner' names root, or an account for releases, in a cache that several users write.",
        why:
            "Its builds link what the others left in the cache: with root every writer is root, and with an account that "
            + "releases, deploys, signs or publishes they sign its releases. That it may only read does not help it. "
            + "Such accounts are known by their names alone, as 'cache-privileged-member' knows those in the group.",
        remedy:
            "Take the entry out and give the account a cache of its own. As 'owner' of the shared root take 'root', which "
            + "needs no cache for that.")

    static let readersWithoutWrite = LintText(
        .warning, "Some users may read a Go build cache and not write to it.",
        why:
            "A build step that is not cached has to store its result. Where it may not, the build fails with 'permission "
            + "denied': there is no fallback to the home directory. So this serves only builds whose every step is there: "
            + "same sources, same Go, same flags.",
        remedy:
            "Give them write too, or a cache of their own; keep the warning where another account fills the cache for them."
    )

    static let auditInCache = LintText(
        .error, "The settings put the audit log into a cache of the policies.",
        why:
            "Who may write to the cache may take the log away and put another in its place. The disk that the cache fills is "
            + "the one on which the log then has no room for what is removed; in 'layout: directory' the log itself is "
            + "old enough one day to be evicted.",
        remedy: "Put the log into a folder of its own that only root may write, as '/var/log/cachewarden', the default."
    )
}
