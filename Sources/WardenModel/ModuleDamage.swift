/// What a module cache may hold of one version.
package struct ModuleParts: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let info = ModuleParts(rawValue: 1 << 0)
    package static let mod = ModuleParts(rawValue: 1 << 1)
    package static let zip = ModuleParts(rawValue: 1 << 2)
    package static let ziphash = ModuleParts(rawValue: 1 << 3)
    package static let lock = ModuleParts(rawValue: 1 << 4)
    /// Where it stands, Go takes the tree for not unpacked.
    package static let partial = ModuleParts(rawValue: 1 << 5)
    /// The directory with what was unpacked.
    package static let tree = ModuleParts(rawValue: 1 << 6)
    /// What a crash of Go left under a name of its own.
    package static let leftover = ModuleParts(rawValue: 1 << 7)
    /// What a run of the agent put aside and did not live to remove.
    package static let abandoned = ModuleParts(rawValue: 1 << 8)
}

/// A version of a module cache, as far as names and times tell.
package struct ModuleSighting: Sendable {
    /// Where its tree stands, or would: `example.com/!a/lib@v1.0.0`.
    package let path: RelativePath
    /// What its parts have in common in an inventory.
    package let key: UInt64
    package let parts: ModuleParts
    /// The latest mtime of its download files and of its tree's own directory.
    package let changed: Timestamp
    package let treeInode: UInt64?

    package init(path: RelativePath, key: UInt64, parts: ModuleParts, changed: Timestamp, treeInode: UInt64?) {
        self.path = path
        self.key = key
        self.parts = parts
        self.changed = changed
        self.treeInode = treeInode
    }

    /// Returns what two looks at the same version have seen.
    package func adding(_ other: ModuleSighting) -> ModuleSighting {
        ModuleSighting(
            path: path, key: key, parts: parts.union(other.parts), changed: max(changed, other.changed),
            treeInode: treeInode ?? other.treeInode)
    }
}

/// What is wrong with a version of which a part is missing.
package enum ModuleFault: String, Hashable, Sendable, CaseIterable {
    /// The marker stands that Go sets before it unpacks, and takes away behind it.
    case unfinished
    case noZiphash = "no-ziphash"
    case noInfo = "no-info"
    case noMod = "no-mod"
    /// A tree that nothing was downloaded for.
    case noDownload = "no-download"

    /// The fault for people.
    package var words: String {
        switch self {
        case .unfinished: "a .partial marker: unpacking it was interrupted"
        case .noZiphash: "no .ziphash"
        case .noInfo: "no .info"
        case .noMod: "no .mod"
        case .noDownload: "a tree without download files"
        }
    }
}

/// A version of which a part is missing.
package struct ModuleDamage: Sendable {
    package let version: ModuleSighting
    /// At least one.
    package let faults: [ModuleFault]

    package init(version: ModuleSighting, faults: [ModuleFault]) {
        self.version = version
        self.faults = faults
    }
}
