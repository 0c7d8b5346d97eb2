package import SystemPackage

/// Everything below a cache root, counted by role and permission state.
///
/// A cache of 500,000 entries has a few dozen states. The census keeps one group for each, and names only of those
/// that the question asked for (`EntryGroup.subjects`), so its size does not grow with a compliant cache.
package struct Census: Sendable {
    /// Sorted by role, then by state; every inode below the root is in exactly one group.
    package var groups: [EntryGroup]
    /// Files by time since last use: `max(mtime, atime)`, a future time counts as now.
    package var ages: AgeHistogram
    /// Names that were listed and gone before they could be looked at: normal in a cache in use.
    package var vanished: Int
    /// Directories and entries that could not be looked at, the first few in the order of their paths.
    package var failures: [ObservationFailure]
    /// How many there are in all.
    package var failureCount: Int
    /// Every entry with its pair; `nil` where nobody asked.
    package var inventory: Inventory?
    /// Of a module cache: whether anything shows that it is one. `nil` for other layouts.
    package var hasModules: Bool?
    /// Of a module cache: versions of which a part is missing, sorted by path.
    package var moduleDamages: [ModuleDamage]
    /// With `.none` the groups' states have no ACLs because nobody read them.
    package var accessLists: AccessListDemand

    package init(
        groups: [EntryGroup] = [], ages: AgeHistogram = AgeHistogram(), vanished: Int = 0,
        failures: [ObservationFailure] = [], failureCount: Int = 0, inventory: Inventory? = nil,
        hasModules: Bool? = nil, moduleDamages: [ModuleDamage] = [], accessLists: AccessListDemand = .all
    ) {
        self.groups = groups
        self.ages = ages
        self.vanished = vanished
        self.failures = failures
        self.failureCount = failureCount
        self.inventory = inventory
        self.hasModules = hasModules
        self.moduleDamages = moduleDamages
        self.accessLists = accessLists
    }

    /// How many names stand below the root.
    package var count: Int { groups.reduce(0) { $0 + $1.count } }

    /// How many of them are no directories, as `max-entries` counts them.
    package var fileCount: Int { groups.reduce(0) { $0 + ($1.node.kind == .directory ? 0 : $1.count) } }

    /// What everything below the root takes on disk.
    package var allocated: ByteCount { groups.reduce(.zero) { $0 + $1.allocated } }

    /// Returns the number of names with one of these roles.
    package func count(_ roles: EntryRole...) -> Int {
        groups.reduce(0) { roles.contains($1.role) ? $0 + $1.count : $0 }
    }
}

/// All entries of one role and one permission state.
package struct EntryGroup: Sendable {
    package let role: EntryRole
    package let node: NodeState
    /// Why these are never touched; `nil` for honest entries.
    package let refusal: Refusal?
    /// The part of the cache that they stand in, of those that were to be told apart.
    package let part: RelativePath?
    package let count: Int
    package let allocated: ByteCount
    /// All names, the first few, or none, as the question asked.
    package let subjects: SubjectList

    package init(
        role: EntryRole, node: NodeState, refusal: Refusal?, part: RelativePath? = nil, count: Int,
        allocated: ByteCount, subjects: SubjectList
    ) {
        self.role = role
        self.node = node
        self.refusal = refusal
        self.part = part
        self.count = count
        self.allocated = allocated
        self.subjects = subjects
    }
}

/// A part of a cache that could not be looked at.
package struct ObservationFailure: Sendable {
    package let path: RelativePath
    /// What was tried, an infinitive: `open`, `read`, `read the ACL of`.
    package let operation: String
    package let cause: Errno

    package init(path: RelativePath, operation: String, cause: Errno) {
        self.path = path
        self.operation = operation
        self.cause = cause
    }
}

/// Files and bytes by time since last use.
package struct AgeHistogram: Hashable, Sendable, Codable {
    package struct Bucket: Hashable, Sendable, Codable {
        package var files: Int
        package var allocated: ByteCount

        package init(files: Int = 0, allocated: ByteCount = .zero) {
            self.files = files
            self.allocated = allocated
        }
    }

    /// The upper bounds in seconds, exclusive: an hour, a day, 2, 5, 10, 30, 90 days. What is older comes last.
    package static let bounds: [Int64] = [3_600, 86_400, 172_800, 432_000, 864_000, 2_592_000, 7_776_000]

    /// One for each bound, and one more.
    package var buckets: [Bucket]
    /// Seconds since the last use of what nobody has used for longest; `nil` where there is nothing.
    package private(set) var oldest: Int64?

    package init() { buckets = Array(repeating: Bucket(), count: Self.bounds.count + 1) }

    /// Adds what was last used `age` seconds ago.
    package mutating func add(age: Int64, files: Int, allocated: ByteCount) {
        var index = 0
        while index < Self.bounds.count, age >= Self.bounds[index] { index += 1 }
        buckets[index].files += files
        buckets[index].allocated += allocated
        oldest = max(oldest ?? age, age)
    }

    package mutating func add(_ other: AgeHistogram) {
        for index in buckets.indices {
            buckets[index].files += other.buckets[index].files
            buckets[index].allocated += other.buckets[index].allocated
        }
        if let age = other.oldest { oldest = max(oldest ?? age, age) }
    }
}

/// Whether a walk reads the ACLs of entries.
package enum AccessListDemand: Sendable {
    /// Nothing that is asked for depends on them, and reading them takes half as long as all else together.
    case none
    case all
}

/// How much of each entry a walk keeps.
package enum InventoryDemand: Sendable {
    case none
    /// Reads every action, to know which output it names.
    case pairs
    /// Module versions: of a version's tree the sums alone.
    case modules
    /// Each file for itself; those whose path below the root does not satisfy the condition never go, and are left out.
    case files(where: @Sendable ([UInt8]) -> Bool)

    /// Whether the walk that counts everything makes the inventory too.
    package var isTakenFromTree: Bool {
        switch self {
        case .none, .modules: false
        case .pairs, .files: true
        }
    }
}

/// How many names of one permission state somebody asks for.
package enum NameDemand: Sendable {
    case none
    /// The first few, in the order of their paths.
    case examples
    case all
}
