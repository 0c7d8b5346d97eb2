internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// What a path below the root of a Go build cache is for, by its names.
enum EntryPlace {
    case action(EntryHash)
    case output(EntryHash, OutputName)
    /// Neither: what Go keeps beside its entries, and strangers.
    case other

    init(_ path: RelativePath) {
        let names = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
        self = .other
        guard names.count == 2 || names.count == 3 else { return }
        let (shard, name) = (names[0], names[1])
        guard EntryClassifier.role(of: shard.span, kind: .directory, in: .root, layout: .goBuild) == .shard,
            let hash = EntryHash(entryName: name.span)
        else { return }
        let parent = EntryClassifier.Parent.directory(shard.span, role: .shard)
        let kind: NodeKind = names.count == 3 ? .directory : .file
        switch EntryClassifier.role(of: name.span, kind: kind, in: parent, layout: .goBuild) {
        case .action: self = .action(hash)
        case .output: self = .output(hash, OutputName(shard: shard, name: name, executable: nil))
        case .executableDirectory:
            self = .output(hash, OutputName(shard: shard, name: name, executable: names[2]))
        default: return
        }
    }
}

extension OutputName {
    /// The place that cmd/go gives an output. Whether it is an executable is seen there.
    init(of output: EntryHash) {
        let digits = Array(output.description.utf8)
        self.init(shard: Array(digits.prefix(2)), name: digits + Array("-d".utf8), executable: nil)
    }
}

extension RelativePath {
    /// The place that cmd/go gives an action.
    init(ofAction action: EntryHash) {
        let digits = action.description
        self.init("\(digits.prefix(2))/\(digits)-a")
    }
}
