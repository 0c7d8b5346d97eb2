/// What is to be removed, oldest first, in units that go whole or not at all.
///
/// A list can hold every entry of a cache; it is kept in columns, without an allocation for each.
package struct EvictionList: Sendable {
    /// An output with its actions, a fuzz file, a plain file, or a module version.
    package struct Unit: Sendable {
        /// Seconds since the epoch.
        package let lastUse: UInt32
        package let allocated: ByteCount
        /// The limit that wants it gone; `nil` where somebody asked for an empty cache.
        package let rule: RuleID?
        /// Its names, actions before outputs.
        package let members: Range<Int>

        package init(lastUse: UInt32, allocated: ByteCount, rule: RuleID?, members: Range<Int>) {
            self.lastUse = lastUse
            self.allocated = allocated
            self.rule = rule
            self.members = members
        }
    }

    package private(set) var units: [Unit] = []
    private var names: [UInt8] = []
    private var ends: [UInt32] = []
    package private(set) var inodes: [UInt64] = []
    package private(set) var kinds: [InventoryEntry.Kind] = []

    package init() {}

    package var isEmpty: Bool { units.isEmpty }
    /// How many names there are in all.
    package var memberCount: Int { inodes.count }
    package var allocated: ByteCount { units.reduce(.zero) { $0 + $1.allocated } }

    /// Adds a unit; its members are those added since the last one.
    package mutating func endUnit(lastUse: UInt32, allocated: ByteCount, rule: RuleID?) {
        let start = units.last?.members.upperBound ?? 0
        units.append(Unit(lastUse: lastUse, allocated: allocated, rule: rule, members: start..<memberCount))
    }

    /// Adds a name to the unit that `endUnit` will end.
    package mutating func addMember(path: ArraySlice<UInt8>, inode: UInt64, kind: InventoryEntry.Kind) {
        names += path
        ends.append(UInt32(names.count))
        inodes.append(inode)
        kinds.append(kind)
    }

    package mutating func addMember(path: [UInt8], inode: UInt64, kind: InventoryEntry.Kind) {
        addMember(path: path[...], inode: inode, kind: kind)
    }

    /// Returns a member's path below the cache root; `index` is in `0 ..< memberCount`.
    package func pathBytes(_ index: Int) -> ArraySlice<UInt8> {
        names[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }

    package func path(_ index: Int) -> RelativePath { RelativePath(bytes: Array(pathBytes(index))) }

    /// How many names and bytes each rule wants gone.
    package var shares: [(rule: RuleID, entries: Int, allocated: ByteCount)] {
        var shares: [RuleID: (Int, ByteCount)] = [:]
        for unit in units {
            guard let rule = unit.rule else { continue }
            let share = shares[rule, default: (0, .zero)]
            shares[rule] = (share.0 + unit.members.count, share.1 + unit.allocated)
        }
        return RuleID.allCases.compactMap { rule in shares[rule].map { (rule, $0.0, $0.1) } }
    }
}
