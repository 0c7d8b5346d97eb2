package import SystemPackage

/// What comparing the unpacked versions of a module cache with their hashes has shown.
package struct ModuleVerification: Sendable {
    /// What is wrong with what a version holds.
    package enum Difference: Hashable, Sendable {
        /// A file was changed, added or taken away since the version was downloaded. `found` is `nil` where a name has a
        /// line break, of which no hash is made.
        case tree(wanted: String, found: String?)
        /// The `.ziphash` holds no hash.
        case ziphash
    }

    /// A version that is not what was downloaded, or not all of it.
    package struct Damage: Sendable {
        package let version: ModuleSighting
        package let faults: [ModuleFault]
        package let difference: Difference?

        package init(version: ModuleSighting, faults: [ModuleFault], difference: Difference?) {
            self.version = version
            self.faults = faults
            self.difference = difference
        }
    }

    /// How many versions are kept one by one. Who may write to a cache can damage any number of them.
    package static let damageLimit = 100_000

    /// How many trees are what was downloaded, and their bytes.
    package private(set) var matching = 0
    package private(set) var matchingSize = ByteCount.zero
    /// The bytes of all files that were hashed.
    package var hashed = ByteCount.zero
    /// Sorted by path once the verification has ended; at most `damageLimit`.
    package private(set) var damages: [Damage] = []
    /// How many there are in all.
    package private(set) var damageCount = 0
    package private(set) var omitted: [Omission: OmittedEntries] = [:]
    /// Whether a signal ended it before every version was looked at.
    package var isInterrupted = false
    /// Whether the directory holds what Go makes, or nothing at all.
    package var isRecognised = true

    package init() {}

    /// How many versions have an answer.
    package var checked: Int { matching + damageCount }

    package mutating func addMatch(_ size: ByteCount) {
        matching += 1
        matchingSize += size
    }

    package mutating func add(_ damage: Damage) {
        damageCount += 1
        if damages.count < Self.damageLimit { damages.append(damage) }
    }

    package mutating func omit(_ path: RelativePath, _ reason: Omission) {
        omitted[reason, default: OmittedEntries()].add(path)
    }

    package mutating func sort() { damages.sort { $0.version.path < $1.version.path } }

    package mutating func add(_ other: ModuleVerification) {
        matching += other.matching
        matchingSize += other.matchingSize
        hashed += other.hashed
        damageCount += other.damageCount
        damages += other.damages.prefix(Self.damageLimit - damages.count)
        for (reason, more) in other.omitted { omitted[reason, default: OmittedEntries()].add(more) }
        isInterrupted = isInterrupted || other.isInterrupted
        isRecognised = isRecognised && other.isRecognised
    }
}

/// All that `verify` has to say of one module cache, for every renderer.
package struct ModuleVerificationReport: Sendable {
    package let cache: String
    package let root: FilePath
    /// The policy that speaks of the cache; `nil` where none does.
    package let policy: String?
    package let verification: ModuleVerification
    package let threads: Int
    package let startedAt: Timestamp
    package let finishedAt: Timestamp
    /// `nil` where nothing was to be repaired.
    package var repair: VerificationRepair?

    package init(
        cache: String, root: FilePath, policy: String?, verification: ModuleVerification, threads: Int,
        startedAt: Timestamp, finishedAt: Timestamp
    ) {
        self.cache = cache
        self.root = root
        self.policy = policy
        self.verification = verification
        self.threads = threads
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    package var verdict: VerificationReport.Verdict {
        if verification.damageCount > 0 { return .damaged }
        if verification.isInterrupted || verification.omitted.keys.contains(where: \.leavesDoubt) { return .incomplete }
        return verification.checked > 0 ? .intact : .empty
    }
}
