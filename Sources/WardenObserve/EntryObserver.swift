package import SystemPackage
internal import WardenGoCache
internal import WardenLinux
package import WardenModel

/// Looks at single entries of a cache, by their paths below its root.
package struct EntryObserver: Sendable {
    private let root: PinnedRoot
    private let layout: CacheLayout
    private let threads: Int

    /// Pins the cache root.
    package init(top: FilePath, path: FilePath, layout: CacheLayout, threads: Int) throws(Errno) {
        root = try PathDescent(to: path, from: top).pinTarget()
        self.layout = layout
        self.threads = threads
    }

    /// Returns what stands at a path; throws `.noSuchFileOrDirectory` where nothing does.
    package func entry(_ path: RelativePath) throws(Errno) -> EntryObservation {
        let status = try root.open(path, .path).status()
        return status.observation(at: path, role: try role(of: path, status.kind))
    }

    /// Returns the key of the pair that an entry belongs to, or `nil` for what has none.
    package func pairKey(of entry: EntryObservation) throws(Errno) -> UInt64? {
        let name = entry.path.split.name
        switch entry.role {
        case .action:
            let content = try root.open(entry.path, .quietFile).beginning(ActionEntry.length + 1)
            return PairKey.ofAction(content.span, named: name.span) ?? PairKey.ofName(name.span)
        case .output, .executableDirectory: return PairKey.ofName(name.span)
        case .executable:
            let directory = entry.path.split.directory.split.name
            return PairKey.ofName(directory.span)
        case .shard, .bookkeeping, .fuzz, .plain, .system, .stranger: return nil
        }
    }

    /// Returns the entries of a pair, actions first; what has vanished meanwhile is left out.
    package func members(of pair: Inventory.Pair, in inventory: Inventory) -> [EntryObservation] {
        let wanted = inventory.entries(of: pair).map { (inode: $0.inode, tag: UInt32(0)) }
        let found = NameSearch.names(of: WantedInodes(wanted), below: root, threads: threads)
        let members = (0..<found.count).flatMap { index -> [EntryObservation] in
            let path = RelativePath(bytes: Array(found.path(index)))
            // Gone since it was listed: it is no part of the answer.
            guard let entry = try? entry(path) else { return [] }
            return entry.role == .executableDirectory ? [entry] + inside(entry.path) : [entry]
        }
        return members.sorted { ($0.role, $0.path) < ($1.role, $1.path) }
    }

    /// Returns what an executable directory holds.
    private func inside(_ path: RelativePath) -> [EntryObservation] {
        // As above.
        guard let names = try? root.open(path, .directory).names() else { return [] }
        return names.compactMap { name in
            // As above.
            try? entry(RelativePath(bytes: path.bytes + [UInt8(ascii: "/")] + name))
        }
    }

    private func role(of path: RelativePath, _ kind: NodeKind) throws(Errno) -> EntryRole {
        var parent = EntryClassifier.Parent.root
        let names = path.bytes.split(separator: UInt8(ascii: "/")).map(Array.init)
        for name in names.dropLast() {
            let role = EntryClassifier.role(of: name.span, kind: .directory, in: parent, layout: layout)
            parent = .directory(name.span, role: role)
        }
        guard let last = names.last else { return .shard }
        return EntryClassifier.role(of: last.span, kind: kind, in: parent, layout: layout)
    }
}
