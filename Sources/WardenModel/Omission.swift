package import SystemPackage

/// Why there is no answer for an entry of a cache whose content is asked for.
package enum Omission: Hashable, Sendable {
    /// It is nothing that Go makes, and is not opened.
    case refused(Refusal)
    case unreadable(Errno)
    /// Somebody else's: reading it would count as a use of it (`open(2)`, `O_NOATIME`, `EPERM`).
    case accessTimeWouldMove
    /// An executable's directory without the executable: cmd/go makes the one before the other.
    case unfinished
    /// It changed, or did not match yet, each time that it was looked at.
    case beingWritten
    /// Removed between being listed and being read.
    case vanished

    /// Whether somebody must look into it before the cache can be called intact.
    package var leavesDoubt: Bool {
        switch self {
        case .refused, .unreadable, .accessTimeWouldMove: true
        case .unfinished, .beingWritten, .vanished: false
        }
    }
}

/// Entries without an answer for one reason.
package struct OmittedEntries: Sendable {
    /// How many examples are kept.
    package static let exampleLimit = 3

    package private(set) var count = 0
    /// The first few in the order of their paths.
    package private(set) var examples: [RelativePath] = []

    package init() {}

    package mutating func add(_ path: RelativePath) {
        count += 1
        keep([path])
    }

    package mutating func add(_ other: OmittedEntries) {
        count += other.count
        keep(other.examples)
    }

    private mutating func keep(_ paths: [RelativePath]) {
        examples = Array((examples + paths).sorted().prefix(Self.exampleLimit))
    }
}
