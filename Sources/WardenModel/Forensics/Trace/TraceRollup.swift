package import SystemPackage

/// What was traced, added up by what people ask for.
///
/// Whoever builds chooses the names of modules and packages, so every table is bounded, and so is every name.
package struct TraceRollup: Sendable {
    /// How many names a table has.
    package static let nameLimit = 10_000
    /// How many users of a package are told apart.
    package static let userLimit = 64

    /// What somebody wrote and read.
    package struct Sum: Hashable, Sendable {
        /// How many entries were written, or written again.
        package private(set) var entries = 0
        /// What is in them.
        package private(set) var size = ByteCount.zero
        /// How often an entry was read.
        package private(set) var reads = 0
        /// How often an action was read: each time something need not be made.
        package private(set) var found = 0
        /// How often an action was written: each time something had been made.
        package private(set) var stored = 0

        package init() {}

        /// The part of the actions that were found; `nil` where there was none at all.
        package var hitRate: Double? { found + stored > 0 ? Double(found) / Double(found + stored) : nil }

        fileprivate mutating func add(_ entry: TracedEntry) {
            if entry.event == .read {
                reads += 1
                if entry.isAction { found += 1 }
            } else {
                entries += 1
                size += entry.size ?? .zero
                if entry.isAction { stored += 1 }
            }
        }
    }

    /// Whose builds of what; `nil` where that is not known.
    package struct Build: Hashable, Sendable {
        package let user: UserID?
        package let module: String?

        package init(user: UserID?, module: String?) {
            self.user = user
            self.module = module
        }
    }

    /// A package that was compiled.
    package struct Package: Hashable, Sendable {
        package let path: String
        /// Whose program it is: to the compiler each program is `main`.
        package let program: String?

        package init(path: String, program: String? = nil) {
            self.path = path
            self.program = program
        }
    }

    /// How often a package was written, and by whom.
    package struct PackageSum: Hashable, Sendable {
        package private(set) var written = Sum()
        /// How many of its entries are archives, each of them compiled.
        package private(set) var archives = 0
        /// How many of its entries were there already: the same was compiled again.
        package private(set) var rewritten = 0
        /// At most `userLimit`.
        package private(set) var users: Set<UserID> = []

        package init() {}

        /// Whether it was compiled more than once.
        package var isRepeated: Bool { archives > 1 || rewritten > 0 }

        fileprivate mutating func add(_ entry: TracedEntry) {
            written.add(entry)
            if entry.kind == .archive { archives += 1 }
            if entry.event == .rewritten { rewritten += 1 }
            if let user = entry.user, users.count < TraceRollup.userLimit { users.insert(user) }
        }
    }

    /// Of how many written entries something is known.
    package struct Known: Hashable, Sendable {
        package fileprivate(set) var users = 0
        package fileprivate(set) var processes = 0
        package fileprivate(set) var modules = 0
        package fileprivate(set) var packages = 0
        /// How many are archives.
        package fileprivate(set) var archives = 0
        /// How many are archives whose package is known.
        package fileprivate(set) var namedArchives = 0

        package init() {}
    }

    package private(set) var total = Sum()
    package private(set) var created = 0
    package private(set) var rewritten = 0
    package private(set) var known = Known()
    package private(set) var users = BoundedTable<UserID, Sum>(limit: TraceRollup.nameLimit, startingWith: Sum())
    package private(set) var builds = BoundedTable<Build, Sum>(limit: TraceRollup.nameLimit, startingWith: Sum())
    /// By what wrote or read them: `go build`.
    package private(set) var tasks = BoundedTable<String, Sum>(limit: TraceRollup.nameLimit, startingWith: Sum())
    package private(set) var packages = BoundedTable<Package, PackageSum>(
        limit: TraceRollup.nameLimit, startingWith: PackageSum())

    package init() {}

    package mutating func add(_ entry: TracedEntry) {
        let user = entry.user
        let module = entry.module.map(Self.bounded)
        total.add(entry)
        if let user { users.update(user) { $0.add(entry) } }
        if user != nil || module != nil { builds.update(Build(user: user, module: module)) { $0.add(entry) } }
        if let process = entry.process { tasks.update(Self.bounded(process.task)) { $0.add(entry) } }
        guard entry.event != .read else { return }
        if entry.event == .created { created += 1 } else { rewritten += 1 }
        if let path = entry.package.map(Self.bounded) {
            packages.update(Package(path: path, program: path == "main" ? module : nil)) { $0.add(entry) }
        }
        note(entry)
    }

    private mutating func note(_ entry: TracedEntry) {
        if entry.user != nil { known.users += 1 }
        if entry.process != nil { known.processes += 1 }
        if entry.module != nil { known.modules += 1 }
        if entry.package != nil { known.packages += 1 }
        guard entry.kind == .archive else { return }
        known.archives += 1
        if entry.package != nil { known.namedArchives += 1 }
    }

    /// Returns a name that takes no more than a kilobyte.
    private static func bounded(_ name: String) -> String {
        guard name.utf8.count > 256 else { return name }
        return String(String.UnicodeScalarView(name.unicodeScalars.prefix(250))) + "..."
    }
}
