internal import WardenModel

extension RuleReference {
    /// Returns the texts of the rules on how builds find the cache, on toolchains and on waivers.
    static func deliveryText(of id: RuleID) -> RuleText {
        switch id {
        case .environmentMissing:
            RuleText(
                .medium, "A variable of the policy does not reach the builds it is meant for.",
                why:
                    "Go looks at its environment, then at GOENV's file, then at the home directory: without GOCACHE each user "
                    + "fills a cache of their own.",
                remedy: "Run 'cachewarden doctor' to see which way of delivery is missing.")
        case .environmentConflict:
            RuleText(
                .medium, "A variable is set to something else by a file that comes later.",
                why: "The last writer wins, silently: builds use another cache than the one that is looked after.",
                remedy: "Remove the other setting; 'cachewarden doctor' names its file and line.")
        case .userCacheElsewhere:
            RuleText(
                .low, "A user's builds use another cache than the policy's.",
                why: "They gain nothing from what others built, and their cache grows where nobody looks.",
                remedy: "Remove the user's own GOCACHE from the environment or with 'go env -u GOCACHE'.")
        case .userCacheBroken:
            RuleText(
                .high, "A user's GOCACHE is 'off' or no absolute path.",
                why: "Since Go 1.12 every build needs a cache: theirs fail.",
                remedy: "Remove the setting, or give an absolute path; 'cachewarden doctor' names its file and line.")
        case .userCacheDenied:
            RuleText(
                .high, "A user whom a policy sends to a cache may not use it.",
                why:
                    "Go does not fall back to another cache: their builds fail, or keep nothing of what they make.",
                remedy: "Run 'cachewarden access' on the cache to see which entry or directory decides.")
        case .serviceWithoutCache:
            RuleText(
                .high, "A service builds with Go and has neither GOCACHE nor HOME.",
                why: "Then GOCACHE is 'off', and since Go 1.12 that is an error: its builds fail.",
                remedy: "Set Environment=GOCACHE=… in the service's unit.")
        case .gopathConflict:
            RuleText(
                .medium, "GOPATH, GOMODCACHE or GOCACHE lie in each other, or are no absolute paths.",
                why:
                    "Cleaning one would remove the other, what lies in a build cache is a stranger there, and Go refuses a relative "
                    + "path.",
                remedy: "Give each a directory of its own, by its absolute path.")
        case .modcacheDamaged:
            RuleText(
                .high, "A module version in the module cache lacks a part.",
                why:
                    "Tree and download files of a version belong together. Where the '.ziphash' is missing or a '.partial' "
                    + "marker stands, Go fetches or unpacks the version anew in every build's way, and without a proxy builds "
                    + "fail; without '.info' or '.mod' no module graph can be read. What changed within the last hour may be "
                    + "a download and is let be. Whether a tree holds what was downloaded is asked by 'cachewarden verify'.",
                remedy:
                    "Let 'apply' remove the whole version where the policy has 'retention', or 'cachewarden verify CACHE "
                    + "--repair' anywhere; Go fetches it again.")
        case .toolchainDiffers:
            RuleText(
                .medium, "A Go toolchain is missing or differs from its archive.",
                why:
                    "A toolchain is part of every entry's key: two versions share nothing, and a changed one builds other "
                    + "programs under the same name.",
                remedy: "Unpack the archive again, or correct its SHA-256 in the policy.")
        case .waiverExpired:
            RuleText(
                .medium, "A waiver has ended and its finding is still there.",
                why: "Somebody accepted it until a date, and that date is past.",
                remedy: "Close the finding, or renew the waiver with a new reason.")
        case .waiverUnused:
            RuleText(
                .low, "A waiver accepts a finding that is not there.",
                why: "It would silently accept the finding when it comes back.",
                remedy: "Remove the waiver.")
        case .policyRefused:
            RuleText(
                .high, "Policy files have changed and are refused.",
                why:
                    "A watching agent goes on with the policies that it has read last: what the files say now holds nowhere, "
                    + "and after the next start nothing is watched at all.",
                remedy:
                    "Correct the files; 'cachewarden policy lint' says what is wrong with them. They are read at once.")
        case .cacheUnwatched:
            RuleText(
                .medium, "A cache cannot be watched.",
                why:
                    "Every directory takes one of the watches that the kernel gives a user. Where none is left, or a cache has "
                    + "more than 65,536 directories, it is looked at every five minutes instead: what breaks it stands so long.",
                remedy: "Raise fs.inotify.max_user_watches or fs.inotify.max_user_instances (sysctl.d(5)).")
        case .cacheMissing, .cacheUnsafePath, .cacheNotRecognised, .cacheNoACLSupport, .cacheRemoteFileSystem,
            .cacheReadOnly, .cacheMountOptions, .cacheUntrustedSharing, .cachePrivilegedMember, .hostLinksUnprotected,
            .hostStickyUnprotected, .rootOwner, .rootGroup, .rootMode, .rootACL, .rootDefaultACL, .entryOwner,
            .entryGroup, .entryMode, .entryACL,
            .entryDefaultACL, .entryRefused, .entryStranger, .sizeExceeded, .entriesExceeded, .freeSpaceLow,
            .freeInodesLow, .ageExceeded, .toolchainDropped, .fuzzExceeded, .lastUseStale, .lastUseUnreliable,
            .trimNotOwned,
            .retentionThrash:
            // Never reached: their own functions answer first, which a test checks for every rule.
            RuleText(.medium, "", why: "", remedy: "")
        }
    }
}
