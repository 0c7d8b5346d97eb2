/// One entry as retention sees it, in 28 bytes: a cache of a million entries has a million of these.
///
/// Entries of one key stand and fall together: an output and every action that names it.
package struct InventoryEntry: Sendable {
    package enum Kind: UInt32, Sendable {
        case action = 0
        /// An action file that Go takes for a miss: empty, cut short, or with another action's line.
        case damagedAction = 1
        case output = 2
        /// A directory that holds one executable.
        case executable = 3
        /// A file below `fuzz/`.
        case fuzz = 4
        /// A file of a layout without an inner structure.
        case plain = 5
        /// The directory of an unpacked module version.
        case moduleTree = 6
        /// One of a module version's download files.
        case moduleFile = 7
    }

    // Words of 32 bits: with wider ones the compiler would pad each entry to 32 bytes.
    private let inodeLow, inodeHigh, keyLow, keyHigh: UInt32
    private let lastUseSeconds, modifiedSeconds: UInt32
    private let kindAndBlocks: UInt32

    /// The `modified` of an entry with a time more than an hour ahead.
    package static let future = UInt32.max

    private static let blocksMask: UInt32 = 1 << 28 - 1

    /// - Parameters:
    ///   - inode: As the directory lists it (`d_ino`): by it the name is found again.
    ///   - key: What the entries of one pair have in common.
    ///   - lastUse: max(mtime, atime), seconds since the epoch, rounded up and not later than now.
    ///   - modified: The mtime, likewise; `future` where a time lies in the future, which somebody has set.
    ///   - blocks: `st_blocks`, of 512 bytes; more than 128 GiB count as that.
    ///   - isOrphanMarked: Whether an earlier run found an output without an action, see `OrphanMark`; of a module's
    ///     file, whether it says that the version's tree is not whole.
    package init(
        kind: Kind, inode: UInt64, key: UInt64, lastUse: UInt32, modified: UInt32, blocks: UInt64,
        isOrphanMarked: Bool = false
    ) {
        inodeLow = UInt32(truncatingIfNeeded: inode)
        inodeHigh = UInt32(truncatingIfNeeded: inode >> 32)
        keyLow = UInt32(truncatingIfNeeded: key)
        keyHigh = UInt32(truncatingIfNeeded: key >> 32)
        lastUseSeconds = lastUse
        modifiedSeconds = modified
        kindAndBlocks =
            kind.rawValue << 28 | (isOrphanMarked ? 1 << 31 : 0)
            | UInt32(min(blocks, UInt64(Self.blocksMask)))
    }

    package var kind: Kind { Kind(rawValue: kindAndBlocks >> 28 & 7) ?? .plain }
    package var inode: UInt64 { UInt64(inodeHigh) << 32 | UInt64(inodeLow) }
    package var key: UInt64 { UInt64(keyHigh) << 32 | UInt64(keyLow) }
    package var lastUse: UInt32 { lastUseSeconds }
    package var modified: UInt32 { isFuture ? lastUseSeconds : modifiedSeconds }
    package var isFuture: Bool { modifiedSeconds == Self.future }
    package var allocated: ByteCount { ByteCount(UInt64(kindAndBlocks & Self.blocksMask) * 512) }
    package var isOrphanMarked: Bool { kindAndBlocks >> 31 != 0 }
    /// The list of an inventory that the entry belongs into.
    package var bucket: Int { Int(keyHigh >> 24) }
}

/// How an output without an action is told from one that has just lost it.
///
/// An output that nobody can find any more may still be in the hands of a build that found it before. So the first run
/// that sees it without an action sets its mtime to that moment, with these nanoseconds as a mark, and it goes when
/// every build of that time has ended. The mark is on disk: no run depends on another's memory.
package enum OrphanMark {
    package static let nanoseconds: UInt32 = 240_000_042
}
