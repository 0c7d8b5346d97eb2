internal import WardenModel

extension RuleReference {
    /// Returns the texts of the rules on a cache as a whole, or `nil` for other rules.
    static func cacheText(of id: RuleID) -> RuleText? {
        switch id {
        case .cacheMissing:
            RuleText(
                .high, "The cache root does not exist.",
                why:
                    "Go makes a missing GOCACHE only where the building user may write to its parent, and then with that "
                    + "user's umask, for that user alone. Otherwise every build fails: 'failed to initialize build cache'. "
                    + "There is no fallback to the home directory.",
                remedy: "Set 'create: true' in the policy and run 'cachewarden apply', or make the directory by hand.")
        case .cacheUnsafePath:
            RuleText(
                .critical, "The way to the cache root can be changed by somebody else, or leads elsewhere.",
                why:
                    "A symbolic link, or a folder on the way that others can write to, lets them put another directory in "
                    + "the cache's place while it is repaired with the agent's rights. Nothing is read or changed there.",
                remedy:
                    "Give the real path without symbolic links, and let every folder on the way belong to root and be "
                    + "writable by root alone.")
        case .cacheNotRecognised:
            RuleText(
                .high, "The directory does not look like the cache that the policy says it is.",
                why:
                    "A mistyped path would have a whole tree of something else re-owned. A Go build cache has 'README', "
                    + "'trim.txt' or two-digit directories; a directory that has none of these and is not empty is left "
                    + "alone.",
                remedy:
                    "Correct 'path' or 'layout'. For a new cache give a path that does not exist, with 'create: true'.")
        case .cacheNoACLSupport:
            RuleText(
                .high, "The policy wants an ACL and the file system has none.",
                why:
                    "Without a default ACL a member with umask 022 makes entries that the others cannot write, and their "
                    + "builds fail with 'permission denied'. Setgid alone is not enough.",
                remedy:
                    "Move the cache to a file system with POSIX ACLs (ext4, xfs, btrfs, tmpfs; remount ext4 without "
                    + "'noacl'), or give each user a cache of their own.")
        case .cacheRemoteFileSystem:
            RuleText(
                .critical, "The cache stands on a network file system, or on one that a process answers for (FUSE).",
                why:
                    "Go calls sharing its cache over a network file system unsafe: locks, times and renames are not what they "
                    + "are on a local disk, and with root squashed the agent would fail at every entry. Nothing is changed "
                    + "there.",
                remedy: "Move the cache to a local file system; to share results between hosts use GOCACHEPROG.")
        case .cacheReadOnly:
            RuleText(
                .high, "The cache stands on a read-only file system, or on a mount of it that is read-only.",
                why:
                    "Go cannot store what it builds: every build fails with 'read-only file system'. Nor can anything be "
                    + "repaired or removed there: 'apply' and 'clean' leave the cache alone, and go on with the others.",
                remedy:
                    "Mount the file system writable (after 'dmesg' has said why the kernel made it read-only), and let the "
                    + "unit's 'ReadWritePaths=' name the cache.")
        case .cacheMountOptions:
            RuleText(
                .low, "The cache's mount forbids what builds need, or allows what no cache needs.",
                why:
                    "With 'noexec' builds that execute what is cached fail ('go run', 'go tool' since Go 1.24). Without "
                    + "'nosuid,nodev' what a member puts into a shared cache is kept harmless by permissions alone.",
                remedy: "Mount the cache's file system with 'nosuid,nodev' and without 'noexec'.")
        case .cachePrivilegedMember:
            RuleText(
                .critical, "Somebody whose builds must not run others' code may use the shared cache.",
                why:
                    "Whoever may write to the cache can run code in the builds of all who use it: with root among the "
                    + "members every member is root, and with a release account they sign its releases. Accounts whose names "
                    + "speak of release, deploy, sign or publish are advice; root is a finding.",
                remedy: "Take the account out of the group, and give it a cache of its own.")
        case .hostLinksUnprotected:
            RuleText(
                .critical,
                "The kernel lets users give other people's files a second name (fs.protected_hardlinks = 0).",
                why:
                    "A member could link a file of root's into the cache, and take its first name away between the agent's look "
                    + "and its change. Until it is on 'apply' and 'clean' change nothing in a shared cache; 'check' goes on.",
                remedy: "Run 'sysctl -w fs.protected_hardlinks=1', and keep it in /etc/sysctl.d.")
        case .hostStickyUnprotected:
            RuleText(
                .low,
                "The kernel does not guard who opens others' names in sticky directories (fs.protected_symlinks, "
                    + "fs.protected_regular = 0).",
                why:
                    "In a sticky directory that many may write to, a member can put a link or a file where another's build "
                    + "is about to make one, and have it write there. The kernel can refuse both, in sticky directories "
                    + "alone. The agent follows no link and does not depend on it; builds do.",
                remedy:
                    "Run 'sysctl -w fs.protected_symlinks=1 fs.protected_regular=1', and keep both in /etc/sysctl.d; or take "
                    + "the sticky bit from the cache, which needs none.")
        case .cacheUntrustedSharing:
            RuleText(
                .critical, "More users may write to the cache than the policy declares to trust each other.",
                why:
                    "Go checks an entry's size but not its hash when it links it, so whoever may write to the cache can run "
                    + "code in the builds of all who use it. No permission prevents that: sharing is a decision to trust.",
                remedy:
                    "Take the right to write from the others, or say 'trust: mutual' and mean it, or give each user a "
                    + "cache of their own.")
        default: nil
        }
    }
}
