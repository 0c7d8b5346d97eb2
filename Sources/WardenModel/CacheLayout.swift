/// What kind of tree a cache root holds, spelt as in policies.
package enum CacheLayout: String, Hashable, Sendable, Codable, CaseIterable {
    case goBuild = "go-build"
    case goMod = "go-mod"
    case directory
}

/// What one name below a cache root is for.
package enum EntryRole: String, Hashable, Comparable, Sendable, Codable, CaseIterable {
    /// One of the 256 directories `00` … `ff` of a Go build cache.
    case shard
    /// `<64 hex>-a`: what a build step was asked and which output answered it.
    case action
    /// `<64 hex>-d`: what a build step made.
    case output
    /// `<64 hex>-d/`: a directory that holds one executable (Go 1.24 and newer).
    case executableDirectory = "executable-directory"
    /// The one file in an executable directory.
    case executable
    /// A file that the tree's owner keeps beside the entries: `README`, `trim.txt`, `testexpire.txt`, `log.txt`.
    case bookkeeping
    /// `$GOCACHE/fuzz` and everything below it.
    case fuzz
    /// Everything in a layout without an inner structure.
    case plain
    /// What the file system or the kernel put there: `lost+found`, `.nfs…`. Never touched.
    case system
    /// Anything else: reported and counted, never repaired, never removed.
    case stranger

    package static func < (left: EntryRole, right: EntryRole) -> Bool { left.rank < right.rank }

    private var rank: Int { EntryRole.allCases.firstIndex(of: self) ?? 0 }

    /// Whether the policy's `entries` speak of it.
    package var isGoverned: Bool { self != .stranger && self != .system }

    /// Whether it is one of the things a build would miss: an action or an output.
    package var isEntry: Bool { self == .action || self == .output || self == .executable }
}

/// Why an inode is never touched, whatever the policy says (threat-model.md, sections 4 and 9).
package enum Refusal: String, Hashable, Sendable, Codable, CaseIterable {
    case symbolicLink = "symbolic-link"
    /// More than one name leads to the inode: another may stand outside the cache.
    case hardLink = "hard-link"
    case specialFile = "special-file"
    case foreignMount = "foreign-mount"
    case setID = "set-id"
    case tooDeep = "too-deep"
    /// An executable directory that holds something else than one regular file.
    case notOneExecutable = "not-one-executable"
    case unreadableACL = "unreadable-acl"
    /// Owned by root among members' files: a member may have moved somebody's private file in here.
    case rootOwned = "root-owned"
    /// More different permission states than an honest tree has; the rest is counted here.
    case tooManyStates = "too-many-states"
}
