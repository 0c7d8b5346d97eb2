package import SystemPackage
package import WardenModel

/// What must hold for one cache root. What a policy leaves out is `nil` and is not looked at.
package struct CachePolicy: Sendable {
    /// How its writers stand to each other. Each can run code as the others (go-cache.md, "Sharing").
    package enum Trust: String, Hashable, Sendable, CaseIterable {
        case mutual
    }

    package let name: String
    package let path: FilePath
    package let layout: CacheLayout
    /// Whether to make the root where it is missing.
    package let create: Bool
    package let trust: Trust?
    /// The owner of the root itself, a user's name.
    package let owner: String?
    package let group: String?
    package let mode: ModeBits?
    package let entries: EntryPolicy
    package let acl: ACLPolicy?
    package let retention: RetentionPolicy?

    package init(
        name: String, path: FilePath, layout: CacheLayout = .goBuild, create: Bool = false, trust: Trust? = nil,
        owner: String? = nil, group: String? = nil, mode: ModeBits? = nil, entries: EntryPolicy = EntryPolicy(),
        acl: ACLPolicy? = nil, retention: RetentionPolicy? = nil
    ) {
        self.name = name
        self.path = path
        self.layout = layout
        self.create = create
        self.trust = trust
        self.owner = owner
        self.group = group
        self.mode = mode
        self.entries = entries
        self.acl = acl
        self.retention = retention
    }
}

/// What must hold for everything below a cache root.
package struct EntryPolicy: Hashable, Sendable {
    /// A user's name; `nil` keeps whoever made the entry.
    package let owner: String?
    package let directories: ModeBits?
    /// Executables keep execute wherever this mode lets read.
    package let files: ModeBits?

    package init(owner: String? = nil, directories: ModeBits? = nil, files: ModeBits? = nil) {
        self.owner = owner
        self.directories = directories
        self.files = files
    }
}

/// The ACL of a cache root and of everything below it.
package struct ACLPolicy: Hashable, Sendable {
    package enum Default: Hashable, Sendable {
        /// The same entries, `X` meaning execute.
        case same
        case none
        case list([ACLRule])
    }

    package let match: ACLMatch
    package let entries: [ACLRule]
    package let defaultList: Default

    package init(match: ACLMatch = .exact, entries: [ACLRule], defaultList: Default = .same) {
        self.match = match
        self.entries = entries
        self.defaultList = defaultList
    }
}

/// How large and how old a cache may grow.
package struct RetentionPolicy: Hashable, Sendable {
    package enum Order: String, Hashable, Sendable, CaseIterable {
        case lru, age
    }

    package enum Action: String, Hashable, Sendable, CaseIterable {
        case evict, clean
    }

    /// An amount, or a share of the whole in percent.
    package enum Threshold: Hashable, Sendable {
        case amount(UInt64)
        case percent(Int)
    }

    package struct Budget: Hashable, Sendable {
        package let time: Duration?
        package let entries: Int?

        package init(time: Duration? = nil, entries: Int? = nil) {
            self.time = time
            self.entries = entries
        }
    }

    package var order: Order = .lru
    package var maxSize: ByteCount?
    package var maxEntries: Int?
    /// Of the file system: bytes or a share.
    package var minFree: Threshold?
    package var minFreeInodes: Threshold?
    /// Once a limit is crossed, evict down to this share of it, in percent.
    package var lowWater = 80
    package var maxAge: Duration?
    package var dropToolchains: DroppedToolchains?
    package var keepRecent: Duration = .seconds(25 * 3600)
    package var whenExceeded: Action = .evict
    package var fuzzMaxSize: ByteCount?
    package var budget = Budget()
    package var ownTrim = false
    /// Which files may go, where the layout has no entries of its own.
    package var files = PathSelection()

    package init() {}
}
