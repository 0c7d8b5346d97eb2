/// How much every name of a tree takes, in 12 bytes a slot: what a name took must be known when it has gone.
///
/// Names are known by a keyed hash of 64 bits, so that nobody can make two of them meet. Open addressing with linear
/// probing; a removal moves what follows back, so that the table never fills with graves.
struct NameLedger: ~Copyable {
    /// What one name takes.
    struct Amount: Hashable {
        private static let most: UInt32 = 1 << 30 - 1
        fileprivate let bits: UInt32

        fileprivate init(bits: UInt32) { self.bits = bits }

        /// - Parameter blocks: Of 512 bytes; more than half a terabyte counts as that.
        init(blocks: UInt64, isFile: Bool, isFuzz: Bool) {
            bits = UInt32(min(blocks, UInt64(Self.most))) | (isFile ? 1 << 30 : 0) | (isFuzz ? 1 << 31 : 0)
        }

        var blocks: UInt64 { UInt64(bits & Self.most) }
        var isFile: Bool { bits & 1 << 30 != 0 }
        var isFuzz: Bool { bits & 1 << 31 != 0 }
    }

    private static let smallest = 1_024
    /// 0 is a free slot.
    private var keys: [UInt64] = Array(repeating: 0, count: smallest)
    private var amounts: [UInt32] = Array(repeating: 0, count: smallest)
    private(set) var count = 0

    /// Notes what a name takes, and returns what it took before.
    mutating func set(_ key: UInt64, _ amount: Amount) -> Amount? {
        if (count + 1) * 4 > keys.count * 3 { grow() }
        let key = Self.stored(key)
        let slot = slot(of: key)
        let before = keys[slot] == key ? Amount(bits: amounts[slot]) : nil
        if before == nil { count += 1 }
        keys[slot] = key
        amounts[slot] = amount.bits
        return before
    }

    /// Forgets a name, and returns what it took.
    mutating func remove(_ key: UInt64) -> Amount? {
        let key = Self.stored(key)
        let slot = slot(of: key)
        guard keys[slot] == key else { return nil }
        let amount = Amount(bits: amounts[slot])
        close(slot)
        count -= 1
        return amount
    }

    /// Fills a free slot with what would no longer be found behind it.
    private mutating func close(_ free: Int) {
        let mask = keys.count - 1
        var hole = free
        var next = (hole + 1) & mask
        while keys[next] != 0 {
            let home = Int(truncatingIfNeeded: keys[next]) & mask
            // Whether the hole lies between its home and where it is, going round.
            if (next &- home) & mask >= (next &- hole) & mask {
                keys[hole] = keys[next]
                amounts[hole] = amounts[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        keys[hole] = 0
    }

    private func slot(of key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let (oldKeys, oldAmounts) = (keys, amounts)
        keys = Array(repeating: 0, count: oldKeys.count * 2)
        amounts = Array(repeating: 0, count: oldKeys.count * 2)
        for (index, key) in oldKeys.enumerated() where key != 0 {
            let slot = slot(of: key)
            keys[slot] = key
            amounts[slot] = oldAmounts[index]
        }
    }

    private static func stored(_ key: UInt64) -> UInt64 { key == 0 ? 1 : key }
}
