package import WardenModel

/// How much is below a directory, as a census counts it: the directory itself is not part of it.
package struct TreeTotals: Hashable, Sendable {
    package static let nothing = TreeTotals()

    /// In units of 512 bytes.
    var blocks: UInt64 = 0
    var fuzzBlocks: UInt64 = 0
    /// Names of regular files.
    package internal(set) var files = 0

    package var allocated: ByteCount { ByteCount(blocks &* 512) }
    /// Of the corpus that `go test -fuzz` keeps.
    package var fuzz: ByteCount { ByteCount(fuzzBlocks &* 512) }

    mutating func add(_ amount: NameLedger.Amount) {
        blocks &+= amount.blocks
        if amount.isFuzz { fuzzBlocks &+= amount.blocks }
        if amount.isFile { files += 1 }
    }

    mutating func subtract(_ amount: NameLedger.Amount) {
        blocks &-= amount.blocks
        if amount.isFuzz { fuzzBlocks &-= amount.blocks }
        if amount.isFile { files -= 1 }
    }
}

/// What has become of a tree since somebody asked last.
package struct TreeChange: Hashable, Sendable {
    /// Something that a census would keep the name of: it, or what it is in, is to be looked at.
    package internal(set) var conspicuous: RelativePath?
    /// Events were dropped, or the tree is no longer where it was: nothing is known of it any more.
    package internal(set) var isLost = false

    package init() {}
}
