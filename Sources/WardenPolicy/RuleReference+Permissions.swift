internal import WardenModel

extension RuleReference {
    /// Returns the texts of the rules on owners, modes and ACLs, or `nil` for other rules.
    static func permissionText(of id: RuleID) -> RuleText? {
        rootText(of: id) ?? entryText(of: id) ?? oddEntryText(of: id)
    }

    private static func rootText(of id: RuleID) -> RuleText? {
        switch id {
        case .rootOwner:
            RuleText(
                .high, "The cache root belongs to another user than the policy says.",
                why:
                    "The root's owner can change its mode and ACL at any moment, and so let others in or lock the group out.",
                remedy: repair)
        case .rootGroup:
            RuleText(
                .high, "The cache root belongs to another group than the policy says.",
                why:
                    "With setgid every new directory takes the group of its parent: a wrong group at the root is a wrong "
                    + "group in every new shard, and the builds of the right group's members fail.",
                remedy: repair)
        case .rootMode:
            RuleText(
                .high, "The cache root has another mode than the policy says.",
                why:
                    "Without write for the group a member's first build fails with 'mkdir: permission denied'; without "
                    + "setgid new shards get their maker's own group; with write for others anybody can poison builds.",
                remedy: repair)
        case .rootACL:
            RuleText(
                .high, "The access ACL of the cache root gives other rights than the policy says.",
                why:
                    "Rights are compared as they take effect, after the mask: an entry that the mask cuts does not let its "
                    + "group in, whatever it reads.",
                remedy: repair)
        case .rootDefaultACL:
            RuleText(
                .high, "The default ACL of the cache root is not what the policy says.",
                why:
                    "New shards and entries inherit it in place of the umask. Without it a member with umask 022 makes "
                    + "shards that others cannot write, and their builds fail. 'go clean -cache' removes the shards with "
                    + "their ACLs: the root's default ACL is what brings them back right.",
                remedy: repair)
        default: nil
        }
    }

    private static func entryText(of id: RuleID) -> RuleText? {
        switch id {
        case .entryOwner:
            RuleText(
                .medium, "Entries belong to another user than the policy says.",
                why:
                    "Only a policy with 'entries.owner' asks for this. One owner for all stops Go from refreshing last use: "
                    + "only a file's owner may set its times.",
                remedy:
                    "Leave 'entries.owner' at 'keep' unless something else needs it; otherwise run 'cachewarden apply'."
            )
        case .entryGroup:
            RuleText(
                .medium, "Entries belong to another group than the policy says.",
                why:
                    "They were made before setgid was set, or moved in. The group's rights on them are some other group's.",
                remedy: repair)
        case .entryMode:
            RuleText(
                .medium, "Entries have another mode than the policy says.",
                why:
                    "Actions are rewritten in place, and every user of the cache reads every hit: an entry that the group "
                    + "cannot read and write breaks the next member's build with 'permission denied'.",
                remedy: repair)
        case .entryACL:
            RuleText(
                .medium, "The access ACLs of entries give other rights than the policy says.",
                why:
                    "As for the mode: what one member made and another cannot write breaks the other's build. Files made "
                    + "under the default ACL comply, though they read 'rwx #effective:rw-': effective rights are compared.",
                remedy: repair)
        case .entryDefaultACL:
            RuleText(
                .medium, "Directories below the root lack the default ACL that the policy says.",
                why:
                    "Shards that were made before the root got its default ACL hand none on: what is made in them follows "
                    + "each user's umask.",
                remedy: repair)
        default: nil
        }
    }

    private static func oddEntryText(of id: RuleID) -> RuleText? {
        switch id {
        case .entryRefused:
            RuleText(
                .high,
                "Something in the cache is never touched: a symbolic or hard link, a special file, a mount, a set-ID "
                    + "file.",
                why:
                    "Go makes none of these. A member who puts one there may want a repair or a root shell's 'go build' to "
                    + "reach a file outside the cache, so they are reported and left alone, whatever the policy says.",
                remedy: "Look at what it is and who made it, then remove it by hand.")
        case .entryStranger:
            RuleText(
                .low, "Files in the cache that are none of Go's.",
                why:
                    "They take room that no eviction gives back: what is not recognised is never repaired and never removed.",
                remedy: "Move them elsewhere, or remove them by hand.")
        default: nil
        }
    }
}

private let repair = "Run 'cachewarden plan' to see the changes and 'cachewarden apply' to make them."
