package import WardenModel

/// What one process did to one name below a cache root, in the order in which it was first told of.
package struct TracedName: Hashable, Sendable {
    /// Below the root.
    package let path: RelativePath
    /// Everything that was told since the last call.
    package fileprivate(set) var facts: NameEvent.Facts
    /// `nil` where the kernel does not say, and for what a directory held when it came.
    package let process: Int32?
    /// Whether the process had ended when it was told of: its number may be another's by now.
    package fileprivate(set) var isGone: Bool
}

/// Names that events spoke of, each once for each process.
struct TracedNames {
    private struct Key: Hashable {
        let path: RelativePath
        let process: Int32?
    }

    private(set) var all: [TracedName] = []
    private var places: [Key: Int] = [:]

    mutating func add(_ path: RelativePath, _ facts: NameEvent.Facts, by process: Int32?, isGone: Bool) {
        let key = Key(path: path, process: process)
        if let place = places[key] {
            all[place].facts.formUnion(facts)
            all[place].isGone = isGone
        } else {
            places[key] = all.count
            all.append(TracedName(path: path, facts: facts, process: process, isGone: isGone))
        }
    }

    mutating func removeAll() {
        all.removeAll()
        places.removeAll(keepingCapacity: true)
    }
}
