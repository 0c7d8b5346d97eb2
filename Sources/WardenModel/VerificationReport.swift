package import SystemPackage

/// What re-hashing the outputs of a cache has shown.
package struct OutputVerification: Sendable {
    /// An output whose content is not what its name says.
    package struct Mismatch: Hashable, Sendable {
        /// The output's own name: what an eviction takes, with its inode.
        package let entry: RelativePath
        package let inode: UInt64
        /// What was hashed: the output itself, or the file in an executable's directory.
        package let file: RelativePath
        package let owner: UserID
        /// The file's length in bytes.
        package let size: ByteCount
        package let modified: Timestamp
        /// The SHA-256 of what the file holds, 64 hexadecimal digits.
        package let contentHash: String

        package init(
            entry: RelativePath, inode: UInt64, file: RelativePath, owner: UserID, size: ByteCount,
            modified: Timestamp, contentHash: String
        ) {
            self.entry = entry
            self.inode = inode
            self.file = file
            self.owner = owner
            self.size = size
            self.modified = modified
            self.contentHash = contentHash
        }
    }

    /// How many mismatches are kept one by one. Who may write to a cache can make any number of them.
    package static let mismatchLimit = 100_000

    /// How many outputs match their names, and their bytes.
    package private(set) var matching = 0
    package private(set) var matchingSize = ByteCount.zero
    /// The bytes of all files that were hashed to their end.
    package var hashed = ByteCount.zero
    /// Sorted by path once the verification has ended; at most `mismatchLimit`.
    package private(set) var mismatches: [Mismatch] = []
    /// How many there are in all.
    package private(set) var mismatchCount = 0
    package private(set) var omitted: [Omission: OmittedEntries] = [:]
    /// Whether a signal ended it before every output was looked at.
    package var isInterrupted = false
    /// Whether the directory holds what Go makes, or nothing at all.
    package var isRecognised = true

    package init() {}

    /// How many outputs have an answer.
    package var checked: Int { matching + mismatchCount }

    package mutating func addMatch(_ size: ByteCount) {
        matching += 1
        matchingSize += size
    }

    package mutating func add(_ mismatch: Mismatch) {
        mismatchCount += 1
        if mismatches.count < Self.mismatchLimit { mismatches.append(mismatch) }
    }

    package mutating func omit(_ path: RelativePath, _ reason: Omission) {
        omitted[reason, default: OmittedEntries()].add(path)
    }

    package mutating func sort() { mismatches.sort { $0.file < $1.file } }

    package mutating func add(_ other: OutputVerification) {
        matching += other.matching
        matchingSize += other.matchingSize
        hashed += other.hashed
        mismatchCount += other.mismatchCount
        mismatches += other.mismatches.prefix(Self.mismatchLimit - mismatches.count)
        for (reason, more) in other.omitted { omitted[reason, default: OmittedEntries()].add(more) }
        isInterrupted = isInterrupted || other.isInterrupted
        isRecognised = isRecognised && other.isRecognised
    }
}

/// What became of damaged outputs that were to go.
package struct VerificationRepair: Sendable {
    package let outcome: RetentionOutcome
    package let verdict: RunReport.Verdict
    /// What the rest waits for.
    package let notes: [String]
    package let audit: RunReport.AuditHead?

    package init(
        outcome: RetentionOutcome, verdict: RunReport.Verdict, notes: [String], audit: RunReport.AuditHead?
    ) {
        self.outcome = outcome
        self.verdict = verdict
        self.notes = notes
        self.audit = audit
    }
}

/// All that `verify` has to say of one cache, for every renderer.
package struct VerificationReport: Sendable {
    package enum Verdict: String, Sendable {
        /// Every output that is not just being written matches its name.
        case intact
        /// There is no output.
        case empty
        /// None is damaged, but some could not be looked at.
        case incomplete
        case damaged
    }

    package let cache: String
    package let root: FilePath
    /// The policy that speaks of the cache; `nil` where none does.
    package let policy: String?
    package let verification: OutputVerification
    package let threads: Int
    package let startedAt: Timestamp
    package let finishedAt: Timestamp
    package let userNames: [UserID: String]
    /// `nil` where nothing was to be repaired.
    package var repair: VerificationRepair?

    package init(
        cache: String, root: FilePath, policy: String?, verification: OutputVerification, threads: Int,
        startedAt: Timestamp, finishedAt: Timestamp, userNames: [UserID: String]
    ) {
        self.cache = cache
        self.root = root
        self.policy = policy
        self.verification = verification
        self.threads = threads
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.userNames = userNames
    }

    package var verdict: Verdict {
        if verification.mismatchCount > 0 { return .damaged }
        if verification.isInterrupted || verification.omitted.keys.contains(where: \.leavesDoubt) { return .incomplete }
        return verification.checked > 0 ? .intact : .empty
    }
}
