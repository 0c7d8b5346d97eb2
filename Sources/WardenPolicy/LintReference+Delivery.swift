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

    static let waiverCannotHold = LintText(
        .error, "A waiver accepts a finding that nobody can accept.",
        why:
            "Some findings keep the agent away from a cache altogether: a path that others can redirect, a directory that is no "
            + "cache. Others are about waivers themselves. Accepting them would make nothing right or possible.",
        remedy: "Mend what the finding says, or take the cache out of the policy; remove the waiver.")

    static let waiversTooMany = LintText(
        .error, "The policies in force have more than 255 waivers.",
        why:
            "Each waiver makes the walk of a cache tell a part of it from the rest, and whoever reads a report has to know what "
            + "is accepted. Hundreds of exceptions are a policy that nobody wants.",
        remedy: "Put waivers of one rule together at a directory above, or change the policy.")

    static let deliveryPartial = LintText(
        .warning, "Variables reach logins alone, and not the builds of services and timers.",
        why:
            "A file in '/etc/profile.d' is read by login shells, one in 'environment.d' by the user's systemd manager. Builds "
            + "of cron, of a CI runner that is a system service, and of 'ssh HOST go build' read neither: they fill a "
            + "cache below their home, or fail where they have no HOME.",
        remedy:
            "Add 'go-env', which Go itself reads however it was started, or 'system-services'. Keep the warning where only "
            + "people at a login build.")

    static let secretInVariable = LintText(
        .error, "The value of a variable holds a password or a token.",
        why:
            "Variables are written into files that every user of the host may read, and each build hands them on to all that it "
            + "starts. A user and a password in GOPROXY's URL are then everybody's.",
        remedy:
            "Replace the secret, as it has stood in a file. Give Go its passwords by a '.netrc' of the building user, mode 0600, "
            + "or by GOAUTH.")

    static let toolchainReplaceable = LintText(
        .error, "A policy with 'mode: enforce' puts a Go toolchain where others can replace it.",
        why:
            "Who can change the compiler runs code in every build that uses it. Below a home, a folder such as '/tmp' or a cache "
            + "that a group writes, somebody else than root can put another 'go' in its place, between the look at it "
            + "and the build.",
        remedy: "Put it below '/usr/local' or '/opt', where every folder on the way belongs to root.")

    static let archiveHidden = LintText(
        .warning, "A toolchain's archive lies where the agent's units cannot see it.",
        why:
            "The units have a '/tmp' of their own and no homes. By hand 'cachewarden apply' installs the toolchain; the timer's "
            + "run finds no archive, and the host keeps the toolchain that it has.",
        remedy: "Put archives below '/srv' or '/var/lib', in a folder that only root writes.")

    static let secretInSettings = LintText(
        .error, "The settings hold a webhook's URL where a credential is named.",
        why:
            "Whoever knows a webhook's URL can post to its channel, and settings are copied into repositories, backups and bug "
            + "reports. Slack revokes URLs that it finds in public. What stands there is never repeated.",
        remedy:
            "Replace the URL, as it has stood in a file. Name a credential, and give the unit its value with LoadCredential=."
    )
}
