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
        let found = NameSearch.names(of: wanted(selection, inventory), below: root, threads: threads)
        guard found.count > 0 else { return NamedSelection() }
        var named = NamedSelection()
        let places = Places(found, count: selection.evictions.count + selection.times.count)
        for (index, choice) in selection.evictions.enumerated() {
            let pair = inventory.pair(of: choice)
            let names = places.of(index)
            guard names.count == pair.entries.count else { continue }
            add(pair, names, choice.rule, found, inventory, to: &named.evictions)
        }
        for (index, choice) in selection.times.enumerated() {
            for place in places.of(selection.evictions.count + index) {
                named.times.add(
                    path: found.path(Int(place)), inode: choice.inode, moment: choice.moment, reason: choice.reason)
            }
        }
        return named
    }

    /// Returns the inodes of what was selected; their tags are the places in the selection, evictions first.
    private func wanted(_ selection: RetentionSelection, _ inventory: Inventory) -> WantedInodes {
        var wanted: [(inode: UInt64, tag: UInt32)] = []
        for (index, choice) in selection.evictions.enumerated() {
            for entry in inventory.entries(of: inventory.pair(of: choice)) {
                wanted.append((entry.inode, UInt32(index)))
            }
        }
        for (index, choice) in selection.times.enumerated() {
            wanted.append((choice.inode, UInt32(selection.evictions.count + index)))
        }
        return WantedInodes(wanted)
    }

    private func add(
        _ pair: Inventory.Pair, _ places: ArraySlice<UInt32>, _ rule: RuleID?, _ found: FoundNames,
        _ inventory: Inventory, to list: inout EvictionList
    ) {
        for isOutput in [false, true] {
            for place in places {
                let place = Int(place)
                guard let entry = inventory.entry(found.inodes[place], of: pair) else { continue }
                guard (entry.kind == .output || entry.kind == .executable) == isOutput else { continue }
                list.addMember(path: found.path(place), inode: entry.inode, kind: entry.kind)
            }
        }
        list.endUnit(lastUse: pair.lastUse, allocated: pair.allocated, rule: rule)
    }
}

/// The places of found names by their tags (a counting sort: there may be a million).
private struct Places {
    /// Where the places of each tag begin, and where the last ones end.
    private var starts: [UInt32]
    private var places: [UInt32]

    init(_ found: FoundNames, count: Int) {
        starts = Array(repeating: 0, count: count + 1)
        places = Array(repeating: 0, count: found.count)
        for tag in found.tags { starts[Int(tag) + 1] += 1 }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        var next = starts
        for (place, tag) in found.tags.enumerated() {
            places[Int(next[Int(tag)])] = UInt32(place)
            next[Int(tag)] += 1
        }
    }

    func of(_ tag: Int) -> ArraySlice<UInt32> { places[Int(starts[tag])..<Int(starts[tag + 1])] }
}
