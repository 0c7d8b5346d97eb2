/// The stable name of a rule, as policies, reports and other people's scripts spell it.
///
/// Severity, reason and remedy of each stand in `RuleReference` (WardenPolicy).
package enum RuleID: String, Hashable, Sendable, Codable, CaseIterable {
    case cacheMissing = "cache-missing"
    case cacheUnsafePath = "cache-unsafe-path"
    case cacheNotRecognised = "cache-not-recognised"
    case cacheNoACLSupport = "cache-no-acl-support"
    case cacheRemoteFileSystem = "cache-remote-file-system"
    case cacheReadOnly = "cache-read-only"
    case cacheMountOptions = "cache-mount-options"
    case cacheUntrustedSharing = "cache-untrusted-sharing"
    case cachePrivilegedMember = "cache-privileged-member"
    case hostLinksUnprotected = "host-links-unprotected"
    case hostStickyUnprotected = "host-sticky-unprotected"
    case rootOwner = "root-owner"
    case rootGroup = "root-group"
    case rootMode = "root-mode"
    case rootACL = "root-acl"
    case rootDefaultACL = "root-default-acl"
    case entryOwner = "entry-owner"
    case entryGroup = "entry-group"
    case entryMode = "entry-mode"
    case entryACL = "entry-acl"
    case entryDefaultACL = "entry-default-acl"
    case entryRefused = "entry-refused"
    case entryStranger = "entry-stranger"
    case sizeExceeded = "size-exceeded"
    case entriesExceeded = "entries-exceeded"
    case freeSpaceLow = "free-space-low"
    case freeInodesLow = "free-inodes-low"
    case ageExceeded = "age-exceeded"
    case toolchainDropped = "toolchain-dropped"
    case fuzzExceeded = "fuzz-exceeded"
    case lastUseStale = "last-use-stale"
    case lastUseUnreliable = "last-use-unreliable"
    case trimNotOwned = "trim-not-owned"
    case retentionThrash = "retention-thrash"
    case environmentMissing = "environment-missing"
    case environmentConflict = "environment-conflict"
    case userCacheElsewhere = "user-cache-elsewhere"
    case userCacheBroken = "user-cache-broken"
    case userCacheDenied = "user-cache-denied"
    case serviceWithoutCache = "service-without-cache"
    case gopathConflict = "gopath-conflict"
    case modcacheDamaged = "modcache-damaged"
    case toolchainDiffers = "toolchain-differs"
    case waiverExpired = "waiver-expired"
    case waiverUnused = "waiver-unused"
    case policyRefused = "policy-refused"
    case cacheUnwatched = "cache-unwatched"
}

extension RuleID {
    /// Whether it is about what the cache keeps: how much, how old, how whole.
    package var isRetention: Bool {
        switch self {
        case .sizeExceeded, .entriesExceeded, .freeSpaceLow, .freeInodesLow, .ageExceeded,
            .toolchainDropped, .fuzzExceeded, .lastUseStale, .lastUseUnreliable, .trimNotOwned, .retentionThrash,
            .modcacheDamaged:
            true
        default: false
        }
    }
}
