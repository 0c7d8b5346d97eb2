internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// The shard directories of a Go build cache.
struct CacheShards {
    /// What has a shard's name, whatever stands there; sorted.
    let names: [[UInt8]]
    /// Whether the root holds what Go makes beside its shards, or nothing that it does not make.
    let isRecognised: Bool

    /// Lists a cache root, without moving its atime.
    init(in root: PinnedRoot) throws(Errno) {
        var shards: [[UInt8]] = []
        var hasBookkeeping = false
        var hasStrangers = false
        func isShard(_ name: borrowing Span<UInt8>) -> Bool {
            switch EntryClassifier.role(of: copy name, kind: .directory, in: .root, layout: .goBuild) {
            case .shard: return true
            case .fuzz, .system: return false
            default: break
            }
            switch EntryClassifier.role(of: copy name, kind: .file, in: .root, layout: .goBuild) {
            case .bookkeeping: hasBookkeeping = true
            default: hasStrangers = true
            }
            return false
        }
        let directory = try root.descriptor.openQuietly([UInt8(ascii: ".")])
        let blocks = NameBlocks()
        while let names = try blocks.next(in: directory, where: isShard) { shards += names }
        isRecognised = hasBookkeeping || !hasStrangers
        names = shards.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
