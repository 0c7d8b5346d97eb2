package import SystemPackage
internal import WardenGoCache
internal import WardenLinux
package import WardenModel

/// Answers what retention asks beyond the census: what `trim.txt` says, and the names of what was selected.
package struct RetentionObserver: Sendable {
    private let root: PinnedRoot
    private let threads: Int

    /// Pins the cache root again; throws `.staleNFSFileHandle` where another directory stands there by now.
    package init(top: FilePath, path: FilePath, identity: InodeIdentity, threads: Int) throws(Errno) {
        root = try PathDescent(to: path, from: top).pinTarget()
        guard root.identity == identity else { throw .staleNFSFileHandle }
        self.threads = threads
    }

    /// Returns when Go last trimmed the cache, by `trim.txt`.
    package func trim() throws(Errno) -> TrimObservation {
        let name = RelativePath("trim.txt")
        do throws(Errno) {
            let status = try root.open(name, .path).status()
            guard status.kind == .file, status.links == 1 else { return .refused(status.kind) }
            let content = try root.open(name, .file).beginning(64)
            return TrimFile.time(content.span).map { .trimmed(at: $0.seconds) } ?? .unreadable
        } catch .noSuchFileOrDirectory {
            return .missing
        } catch .tooManySymbolicLinkLevels {
            return .refused(.symbolicLink)
        }
    }

    /// Returns the names of what was selected. A pair of which not every entry is found any more is left out.
    package func names(of selection: RetentionSelection, in inventory: Inventory) -> NamedSelection {
        var wanted: [(inode: UInt64, tag: UInt32)] = []
        for (index, choice) in selection.evictions.enumerated() {
            for entry in inventory.entries(of: inventory.pair(at: choice.start, of: choice.bucket)) {
                wanted.append((entry.inode, UInt32(index)))
            }
        }
        for (index, choice) in selection.times.enumerated() { wanted.append((choice.inode, Self.time | UInt32(index))) }
        guard !wanted.isEmpty else { return NamedSelection() }
        let found = NameSearch.names(of: WantedInodes(wanted), below: root, threads: threads)
        wanted = []
        return named(selection, inventory, found)
    }

    /// Tells an entry whose time is to be set from one that is to go.
    private static let time: UInt32 = 1 << 31

    private func named(
        _ selection: RetentionSelection, _ inventory: Inventory, _ found: FoundNames
    ) -> NamedSelection {
        var named = NamedSelection()
        // The places of the names by their tags, so that each unit finds its own (a counting sort).
        let order = (0..<found.count).sorted { found.tags[$0] < found.tags[$1] }
        var next = 0
        for (index, choice) in selection.evictions.enumerated() {
            let pair = inventory.pair(at: choice.start, of: choice.bucket)
            let first = next
            while next < order.count, found.tags[order[next]] == UInt32(index) { next += 1 }
            guard next - first == pair.entries.count else { continue }
            add(pair, order[first..<next], choice.rule, found, inventory, to: &named.evictions)
        }
        for place in order[next...] where found.tags[place] & Self.time != 0 {
            let choice = selection.times[Int(found.tags[place] & ~Self.time)]
            named.times.add(
                path: found.path(place), inode: found.inodes[place], moment: choice.moment, reason: choice.reason)
        }
        return named
    }

    private func add(
        _ pair: Inventory.Pair, _ places: ArraySlice<Int>, _ rule: RuleID?, _ found: FoundNames,
        _ inventory: Inventory, to list: inout EvictionList
    ) {
        let entries = inventory.entries(of: pair)
        for isOutput in [false, true] {
            for place in places {
                guard let entry = entries.first(where: { $0.inode == found.inodes[place] }) else { continue }
                guard (entry.kind == .output || entry.kind == .executable) == isOutput else { continue }
                list.addMember(path: found.path(place), inode: entry.inode, kind: entry.kind)
            }
        }
        list.endUnit(lastUse: pair.lastUse, allocated: pair.allocated, rule: rule)
    }
}
