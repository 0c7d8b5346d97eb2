package import SystemPackage

/// What a Go build cache is made of.
package struct CacheAnalysis: Sendable {
    /// Entries and what they take.
    package struct Amount: Hashable, Sendable {
        package var entries = 0
        /// What is in them.
        package var size = ByteCount.zero
        /// What they take on disk.
        package var allocated = ByteCount.zero

        package init() {}

        package init(entries: Int, size: ByteCount, allocated: ByteCount) {
            self.entries = entries
            self.size = size
            self.allocated = allocated
        }

        package static func += (left: inout Amount, right: Amount) {
            left.entries += right.entries
            left.size += right.size
            left.allocated += right.allocated
        }
    }

    /// The outputs of one variant of one package.
    package struct Outputs: Hashable, Sendable {
        package var amount = Amount()
        /// What else goes from the disk with them: the actions that name them, and nothing else.
        package var actions = Amount()
        /// When one of them was last used; seconds since the epoch, 0 where that is not known.
        package var lastUse: UInt32 = 0

        package init() {}

        /// What removing them frees.
        package var freed: ByteCount { amount.allocated + actions.allocated }

        package static func += (left: inout Outputs, right: Outputs) {
            left.amount += right.amount
            left.actions += right.actions
            left.lastUse = max(left.lastUse, right.lastUse)
        }
    }

    /// One of the largest outputs.
    package struct Entry: Hashable, Sendable {
        package let path: RelativePath
        package let kind: OutputKind
        package let variant: BuildVariant?
        package let owner: UserID
        package let size: ByteCount
        package let allocated: ByteCount
        /// Seconds since the epoch; `nil` where that is not known.
        package let lastUse: UInt32?

        package init(
            path: RelativePath, kind: OutputKind, variant: BuildVariant?, owner: UserID, size: ByteCount,
            allocated: ByteCount, lastUse: UInt32?
        ) {
            self.path = path
            self.kind = kind
            self.variant = variant
            self.owner = owner
            self.size = size
            self.allocated = allocated
            self.lastUse = lastUse
        }
    }

    package private(set) var kinds: [OutputKind: Amount] = [:]
    /// Archives and executables, by what they were compiled as.
    package private(set) var variants: [BuildVariant: Outputs] = [:]
    /// Outputs that no action names.
    package private(set) var orphans = Amount()
    /// The largest first; at most `topCount`.
    package private(set) var largest: [Entry] = []
    package private(set) var omitted: [Omission: OmittedEntries] = [:]
    /// Whether a signal ended it before every output was looked at.
    package var isInterrupted = false
    package var isRecognised = true
    /// How many of the largest are kept.
    package let topCount: Int

    package init(topCount: Int) { self.topCount = topCount }

    /// Adds one output.
    ///
    /// - Parameters:
    ///   - actions: What the actions take that name it alone; `nil` where there are none.
    package mutating func add(_ entry: Entry, actions: Amount?) {
        let amount = Amount(entries: 1, size: entry.size, allocated: entry.allocated)
        kinds[entry.kind, default: Amount()] += amount
        if actions == nil { orphans += amount }
        if let variant = entry.variant {
            var outputs = Outputs()
            outputs.amount = amount
            outputs.actions = actions ?? Amount()
            outputs.lastUse = entry.lastUse ?? 0
            variants[variant, default: Outputs()] += outputs
        }
        keep(entry)
    }

    package mutating func omit(_ path: RelativePath, _ reason: Omission) {
        omitted[reason, default: OmittedEntries()].add(path)
    }

    /// Adds what another thread has found.
    package mutating func add(_ other: CacheAnalysis) {
        for (kind, amount) in other.kinds { kinds[kind, default: Amount()] += amount }
        for (variant, outputs) in other.variants { variants[variant, default: Outputs()] += outputs }
        for (reason, part) in other.omitted { omitted[reason, default: OmittedEntries()].add(part) }
        orphans += other.orphans
        for entry in other.largest { keep(entry) }
        isInterrupted = isInterrupted || other.isInterrupted
    }

    private mutating func keep(_ entry: Entry) {
        if largest.count >= topCount {
            guard let last = largest.last, Self.isBefore(entry, last) else { return }
        }
        let place = largest.firstIndex { Self.isBefore(entry, $0) } ?? largest.endIndex
        largest.insert(entry, at: place)
        if largest.count > topCount { largest.removeLast() }
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        (right.allocated, right.size, left.path) < (left.allocated, left.size, right.path)
    }
}
