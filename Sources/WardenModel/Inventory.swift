/// What a cache is made of, as far as retention asks: every entry with its pair, size and last use.
package struct Inventory: Sendable {
    /// An output with every action that names it, or what stands alone.
    package struct Pair: Sendable {
        /// Where its entries stand in the bucket.
        package let entries: Range<Int>
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
        for bucket in buckets.indices {
            let entries = buckets[bucket]
            var start = 0
            while start < entries.count {
                let pair = pair(at: start, of: bucket, entries)
                body(pair)
                start = pair.entries.upperBound
            }
        }
    }

    /// Returns the pair that begins at this place.
    package func pair(at start: Int, of bucket: Int) -> Pair { pair(at: start, of: bucket, buckets[bucket]) }

    /// What the entries of a pair have in common.
    package func key(of pair: Pair) -> UInt64 { buckets[pair.bucket][pair.entries.lowerBound].key }

    package func entries(of pair: Pair) -> ArraySlice<InventoryEntry> { buckets[pair.bucket][pair.entries] }

    /// Returns the pair with this key, or `nil`.
    package func pair(withKey key: UInt64) -> Pair? {
        let bucket = Int(key >> 56)
        guard buckets.indices.contains(bucket) else { return nil }
        guard let start = buckets[bucket].firstIndex(where: { $0.key == key }) else { return nil }
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

    private func pair(at start: Int, of bucket: Int, _ entries: [InventoryEntry]) -> Pair {
        var end = start + 1
        while end < entries.count, entries[end].key == entries[start].key { end += 1 }
        var pair = Pair(entries: start..<end, bucket: bucket)
        pair.files = end - start
        for entry in entries[start..<end] {
            pair.add(entry)
            if entry.kind == .moduleTree { pair.files += treeFiles[entry.inode, default: 0] - 1 }
        }
        return pair
    }
}

extension Inventory.Pair {
    fileprivate mutating func add(_ entry: InventoryEntry) {
        lastUse = max(lastUse, entry.lastUse)
        modified = max(modified, entry.modified)
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
    fileprivate mutating func add(_ pair: Inventory.Pair, now: Timestamp) {
        let age = max(0, now.seconds - Int64(pair.lastUse))
        let bucket = Self.bounds.firstIndex { age < $0 } ?? Self.bounds.count
        buckets[bucket].files += pair.files
        buckets[bucket].allocated += pair.allocated
    }
}
