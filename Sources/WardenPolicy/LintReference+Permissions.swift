internal import WardenModel

/// The checks of owners, modes and ACLs.
extension LintText {
    static let noSetgid = LintText(
        .warning, "A group shares the cache and directories have no setgid bit.",
        why:
            "Without it a new shard takes its maker's own group, and what its mode gives the group it gives to another than "
            + "the cache's. Unless an ACL entry names the shared group, the next member's build fails there: 'open …-a: "
            + "permission denied'. Each such shard is drift until the next 'apply'.",
        remedy: "Put the 2 in front, in 'mode' and in 'entries.directories': \"2770\".")

    static let noDefaultACL = LintText(
        .warning, "A group shares the cache and new entries inherit no ACL.",
        why:
            "Go makes entries with 0777 and 0666 less the member's umask. With the usual umask 022 the others can neither "
            + "store in that member's shards nor rewrite its actions, and their builds fail; with 077 they cannot even "
            + "read a hit. Setgid gives the right group, but no right to write. A default ACL takes the umask's place.",
        remedy: "Add an 'acl' with the group's entry, \"group:builders:rwX\", and leave its 'default' at 'same'.")

    static let stickyDirectories = LintText(
        .warning, "Directories below the root are to be sticky.",
        why:
            "In a sticky directory only the owner of a file may remove it. Go's own trim then leaves what other members made, "
            + "without a word, and 'go clean -cache' fails. Where 'fs.protected_regular' is 2 the kernel also refuses to "
            + "open another's action for writing, and the build that has to rewrite it fails.",
        remedy: "Take the 1 out of the first digit of 'entries.directories': \"2770\" in place of \"3770\".")

    static let setUserID = LintText(
        .error, "A mode has the set-user-ID bit.",
        why:
            "On a directory Linux ignores it. On a file it means that whoever runs the file does so as its owner, and a Go "
            + "build cache holds executables that members can overwrite. The agent takes every file with this bit for an "
            + "attack and leaves it alone.",
        remedy: "Take the 4 out of the first digit: \"2770\" in place of \"6770\".")

    static let badFileMode = LintText(
        .error, "'entries.files' has a set-ID or sticky bit.",
        why:
            "Setgid on a cached executable would run it with the cache's group, for everybody who may start it; on other "
            + "files these bits mean nothing. The agent takes a file with a set-ID bit for an attack and leaves it alone, "
            + "so that it would refuse what the policy itself asks for.",
        remedy: "Begin the mode of files with a 0: \"0660\". Setgid belongs into 'mode' and 'entries.directories'.")

    static let entryOwnerSet = LintText(
        .warning, "'entries.owner' gives all entries to one user.",
        why:
            "A hit refreshes an entry's time only if the building user owns it: the kernel refuses it to everybody else, and Go "
            + "ignores that. So entries in daily use grow old, and five days later Go's trim removes them at the end "
            + "of somebody's build: all of it is built again.",
        remedy: "Leave 'entries.owner' at 'keep'. The group, setgid and a default ACL are what sharing needs.")

    static let repeatedACLEntry = LintText(
        .error, "An ACL has two entries for the same user, group or class.",
        why:
            "A file has one entry for each. Which of the two holds would depend on their order, and whoever reads the first "
            + "alone is wrong about who may write, and so about who can run code in everybody's builds.",
        remedy: "Keep one of them, with the rights that are meant.")

    static let aclContradictsMode = LintText(
        .error, "A mode and the ACL give the same class different rights.",
        why:
            "They are one thing to the kernel: beside an ACL the group digit of a mode is the mask, the others are 'user::' and "
            + "'other::'. No file can satisfy both, so that every 'apply' would undo half of what the last one did, and "
            + "builds would work or fail by whichever came last.",
        remedy:
            "Leave 'user::', 'other::' and 'mask::' out of the ACL, and let the mode's group digit be all rights that groups "
            + "and named users have together.")

    static let maskCutsEntry = LintText(
        .warning, "An ACL's mask is narrower than one of its entries.",
        why:
            "The mask limits named users and all groups, whatever their entries read. Beside 'mask::r-x' the members of "
            + "'group:builders:rwX' use what is cached, and at the first step that is not their build fails with "
            + "'permission denied', though the policy seems to let them write.",
        remedy:
            "Leave 'mask::' out: it is then just what the entries need. If they are not meant to write, say so in the entry."
    )
}
