/// The stable name of a check of policy files and settings, as `policy lint` prints it.
///
/// It is about values that can be read, and are wrong or doubtful for what they mean. What cannot be read (a key that
/// nobody knows, a size without a unit) says by itself what is wrong, and has no page. Level, reason and remedy of each
/// stand in `LintReference`.
package enum LintID: String, Hashable, Sendable, CaseIterable {
    case reservedPath = "reserved-path"
    case cacheInHome = "cache-in-home"
    case otherWritable = "other-writable"
    case untrustedSharing = "untrusted-sharing"
    case privilegedUser = "privileged-user"
    case readersWithoutWrite = "readers-without-write"
    case noSetgid = "no-setgid"
    case noDefaultACL = "no-default-acl"
    case stickyDirectories = "sticky-directories"
    case setUserID = "set-user-id"
    case badFileMode = "bad-file-mode"
    case entryOwnerSet = "entry-owner-set"
    case repeatedACLEntry = "repeated-acl-entry"
    case aclContradictsMode = "acl-contradicts-mode"
    case maskCutsEntry = "mask-cuts-entry"
    case keepRecentShort = "keep-recent-short"
    case ageBelowKeepRecent = "age-below-keep-recent"
    case cleanNeedsGoBuild = "clean-needs-go-build"
    case cleanNeedsOwner = "clean-needs-owner"
    case patternsNeedDirectory = "patterns-need-directory"
    case policyNameTwice = "policy-name-twice"
    case cacheNameTwice = "cache-name-twice"
    case cacheRootsOverlap = "cache-roots-overlap"
    case variableTwice = "variable-twice"
    case deliveryPartial = "delivery-partial"
    case secretInVariable = "secret-in-variable"
    case toolchainReplaceable = "toolchain-replaceable"
    case archiveHidden = "archive-hidden"
    case waiverCannotHold = "waiver-cannot-hold"
    case waiversTooMany = "waivers-too-many"
    case secretInSettings = "secret-in-settings"
    case auditInCache = "audit-in-cache"
}
