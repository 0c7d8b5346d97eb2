/// What a cache is made of, as far as retention asks: every entry with its pair, size and last use.
package struct Inventory: Sendable {
    /// An output with every action that names it, or what stands alone.
    package struct Pair: Sendable {
        /// Where its entries stand in the bucket.
        package fileprivate(set) var entries: Range<Int>
        package let bucket: Int
        /// The latest of all its entries: a hit reads an action and may only look at the output.
        package fileprivate(set) var lastUse: UInt32 = 0
        package fileprivate(set) var modified: UInt32 = 0
        package fileprivate(set) var allocated = ByteCount.zero
        package fileprivate(set) var actions = 0
        package fileprivate(set) var damagedActions = 0
        package fileprivate(set) var outputs = 0
        package fileprivate(set) var fuzz = 0
        /// How many files it is: more than entries where an entry is a module's tree.
        package fileprivate(set) var files = 0
        /// Whether it is a module version that Go takes for not unpacked.
        package fileprivate(set) var isUnfinished = false
        package fileprivate(set) var isOrphanMarked = true
        /// The earliest mtime of its entries; seconds since the epoch.
        package fileprivate(set) var oldest = UInt32.max
        /// Whether an entry has a time in the future.
        package fileprivate(set) var hasFuture = false

        fileprivate init(start: Int, bucket: Int) {
            entries = start..<start
            self.bucket = bucket
        }

        /// With more actions than this an output belongs to everybody: each action then ages by itself.
        package static let sharedActions = 16

        /// Whether so many actions name the output that one of them is always in use.
        ///
        /// `go build std` writes 377 actions that name the empty output. As a pair they would never grow old; without one
        /// of them a build misses, and the output that the others name stays.
        package var isShared: Bool { actions > Self.sharedActions && outputs > 0 }

        /// The last use that counts for one of its entries: the pair's, and a shared output's action has its own.
        package func lastUse(of entry: InventoryEntry) -> UInt32 {
            isShared && entry.kind == .action ? entry.lastUse : lastUse
        }

        /// An output that no action names: no build can find it any more.
        package var isOrphanedOutput: Bool { outputs > 0 && actions == 0 }
        /// An action whose output is gone, or that is damaged: every look at it is a miss.
        package var isOrphanedAction: Bool { outputs == 0 && actions + damagedActions > 0 }
    }

    /// 256 lists by the highest byte of the key, each sorted by key, then inode.
    package let buckets: [[InventoryEntry]]
    /// Actions that could not be read without moving their atime, which takes ownership or `CAP_FOWNER`.
    ///
    /// Where there are any, nobody knows which outputs they name.
    package let unreadActions: Int
    /// How many files stand in each module's tree, by the tree's inode.
    private let treeFiles: [UInt64: Int]

    package init(buckets: [[InventoryEntry]], unreadActions: Int, treeFiles: [UInt64: Int] = [:]) {
        self.buckets = buckets
        self.unreadActions = unreadActions
        self.treeFiles = treeFiles
    }

    package var count: Int { buckets.reduce(0) { $0 + $1.count } }
    /// How many of them builds made, corpora of fuzzing aside.
    package var builtCount: Int { buckets.reduce(0) { $0 + $1.count { $0.kind != .fuzz } } }

    /// Calls `body` with every pair, in the order of their keys.
    package func forEachPair(_ body: (Pair) -> Void) {
        for bucket in buckets.indices { Self.forEachPair(of: bucket, buckets[bucket], treeFiles, body) }
    }

    fileprivate static func forEachPair(
        of bucket: Int, _ entries: [InventoryEntry], _ treeFiles: [UInt64: Int], _ body: (Pair) -> Void
    ) {
        var start = 0
        while start < entries.count {
            let pair = Self.pair(at: start, of: bucket, entries, treeFiles)
            body(pair)
            start = pair.entries.upperBound
        }
    }

    /// Returns the pair that begins at this place.
    package func pair(at start: Int, of bucket: Int) -> Pair {
        Self.pair(at: start, of: bucket, buckets[bucket], treeFiles)
    }

    /// Returns what a choice takes: a pair, or as much of one.
    package func pair(of choice: RetentionSelection.Choice) -> Pair {
        switch choice.extent {
        case .pair: pair(at: choice.start, of: choice.bucket)
        case .action: lone(at: choice.start, of: choice.bucket)
        }
    }

    /// Returns where the pair that a choice belongs to begins in its bucket.
    package func pairStart(of choice: RetentionSelection.Choice) -> Int {
        guard choice.extent == .action else { return choice.start }
        let key = buckets[choice.bucket][choice.start].key
        return firstPlace(of: key, in: choice.bucket, before: choice.start)
    }

    /// Returns where the first entry stands whose key is this or a higher one, or `end`.
    private func firstPlace(of key: UInt64, in bucket: Int, before end: Int) -> Int {
        let entries = buckets[bucket]
        var (low, high) = (0, end)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Returns the entry at this place without the others of its pair.
    private func lone(at place: Int, of bucket: Int) -> Pair {
        var pair = Pair(start: place, bucket: bucket)
        pair.add(buckets[bucket][place])
        pair.files = 1
        pair.entries = place..<place + 1
        return pair
    }

    /// What the entries of a pair have in common.
    package func key(of pair: Pair) -> UInt64 { buckets[pair.bucket][pair.entries.lowerBound].key }

    package func entries(of pair: Pair) -> ArraySlice<InventoryEntry> { buckets[pair.bucket][pair.entries] }

    /// Returns the entry of a pair with this inode, or `nil`.
    ///
    /// By halves: in a hostile cache a million actions may name one output.
    package func entry(_ inode: UInt64, of pair: Pair) -> InventoryEntry? {
        let entries = buckets[pair.bucket]
        var (low, high) = (pair.entries.lowerBound, pair.entries.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].inode < inode { low = middle + 1 } else { high = middle }
        }
        return low < pair.entries.upperBound && entries[low].inode == inode ? entries[low] : nil
    }

    /// Returns the pair with this key, or `nil`.
    package func pair(withKey key: UInt64) -> Pair? {
        let bucket = Int(key >> 56)
        guard buckets.indices.contains(bucket) else { return nil }
        let start = firstPlace(of: key, in: bucket, before: buckets[bucket].count)
        guard start < buckets[bucket].count, buckets[bucket][start].key == key else { return nil }
        return pair(at: start, of: bucket)
    }

    /// Returns the pair that an inode belongs to, or `nil`.
    package func pair(holding inode: UInt64) -> Pair? {
        for bucket in buckets.indices {
            guard let entry = buckets[bucket].first(where: { $0.inode == inode }) else { continue }
            return pair(withKey: entry.key)
        }
        return nil
    }

    /// Brings the entries of one bucket into their order.
    ///
    /// Here, where the compiler sees into an entry: a comparison that calls for every key takes twice as long.
    package static func sort(_ bucket: inout [InventoryEntry]) {
        bucket.sort { $0.key == $1.key ? $0.inode < $1.inode : $0.key < $1.key }
    }

    private static func pair(
        at start: Int, of bucket: Int, _ entries: [InventoryEntry], _ treeFiles: [UInt64: Int]
    ) -> Pair {
        let key = entries[start].key
        var pair = Pair(start: start, bucket: bucket)
        var end = start
        repeat {
            let entry = entries[end]
            pair.add(entry)
            pair.files += entry.kind == .moduleTree ? treeFiles[entry.inode, default: 0] : 1
            end += 1
        } while end < entries.count && entries[end].key == key
        pair.entries = start..<end
        return pair
    }
}

extension Inventory.Pair {
    fileprivate mutating func add(_ entry: InventoryEntry) {
        lastUse = max(lastUse, entry.lastUse)
        modified = max(modified, entry.modified)
        oldest = min(oldest, entry.modified)
        hasFuture = hasFuture || entry.isFuture
        allocated += entry.allocated
        switch entry.kind {
        case .action: actions += 1
        case .damagedAction: damagedActions += 1
        case .output, .executable:
            outputs += 1
            isOrphanMarked = isOrphanMarked && entry.isOrphanMarked
        case .fuzz: fuzz += 1
        case .moduleFile: isUnfinished = isUnfinished || entry.isOrphanMarked
        case .plain, .moduleTree: break
        }
    }
}

extension Inventory {
    /// What the pairs add up to.
    package struct Totals: Hashable, Sendable {
        package var pairs = 0
        package var orphanedOutputs = 0
        package var orphanedActions = 0
        package var damagedActions = 0
        /// What outputs that no build can find any more take on disk.
        package var orphanedSize = ByteCount.zero
        package var fuzzSize = ByteCount.zero
        package var fuzzFiles = 0
        package var ages = AgeHistogram()

        package init() {}
    }

    /// Returns the sums, with ages by the last use of whole pairs.
    package func totals(now: Timestamp) -> Totals {
        var totals = Totals()
        forEachPair { pair in
            if pair.fuzz > 0 {
                totals.fuzzFiles += pair.entries.count
                totals.fuzzSize += pair.allocated
                return
            }
            totals.pairs += pair.actions > 0 && pair.outputs > 0 ? 1 : 0
            totals.damagedActions += pair.damagedActions
            if pair.isOrphanedOutput {
                totals.orphanedOutputs += pair.outputs
                totals.orphanedSize += pair.allocated
            }
            if pair.isOrphanedAction { totals.orphanedActions += pair.actions + pair.damagedActions }
            totals.ages.add(pair, now: now)
        }
        return totals
    }
}

extension AgeHistogram {
    /// Adds the pairs of one bucket of an inventory, which is sorted.
    package mutating func add(_ bucket: [InventoryEntry], now: Timestamp) {
        Inventory.forEachPair(of: 0, bucket, [:]) { if $0.fuzz == 0 { add($0, now: now) } }
    }

    fileprivate mutating func add(_ pair: Inventory.Pair, now: Timestamp) {
        add(age: max(0, now.seconds - Int64(pair.lastUse)), files: pair.files, allocated: pair.allocated)
    }
}
