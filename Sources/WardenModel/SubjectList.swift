/// Names below a cache root with their inode numbers, directory by directory, without an allocation for each.
///
/// A list can hold every subject of a change; a million of them take about 80 bytes each.
package struct SubjectList: Sendable {
    /// The subjects of one directory, sorted by name.
    package struct Chunk: Sendable {
        package let directory: RelativePath
        private var names: [UInt8] = []
        private var ends: [UInt32] = []
        package private(set) var inodes: [UInt64] = []

        package init(directory: RelativePath) { self.directory = directory }

        package var count: Int { inodes.count }

        package mutating func append(name: borrowing Span<UInt8>, inode: UInt64) {
            for index in name.indices { names.append(name[index]) }
            ends.append(UInt32(names.count))
            inodes.append(inode)
        }

        /// Returns the bytes of a name; `index` is in `0 ..< count`.
        package func name(_ index: Int) -> ArraySlice<UInt8> {
            names[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
        }

        package func path(_ index: Int) -> RelativePath {
            guard !directory.isRoot else { return RelativePath(bytes: Array(name(index))) }
            return RelativePath(bytes: directory.bytes + [UInt8(ascii: "/")] + name(index))
        }

        /// Returns the chunk sorted by name, so that two observations of one directory give the same list.
        package func sorted() -> Chunk {
            let order = (0..<count).sorted { name($0).lexicographicallyPrecedes(name($1)) }
            var sorted = Chunk(directory: directory)
            sorted.names.reserveCapacity(names.count)
            sorted.ends.reserveCapacity(count)
            sorted.inodes.reserveCapacity(count)
            for index in order { sorted.append(name: name(index).span, inode: inodes[index]) }
            return sorted
        }
    }

    package private(set) var chunks: [Chunk]

    /// Returns a list of these chunks, each already sorted, in the order of their directories.
    package init(_ chunks: [Chunk] = []) {
        self.chunks = chunks.sorted { $0.directory < $1.directory }
    }

    /// Returns the list without these inodes.
    package func without(_ inodes: Set<UInt64>) -> SubjectList {
        guard !inodes.isEmpty else { return self }
        var kept: [Chunk] = []
        for chunk in chunks {
            var rest = Chunk(directory: chunk.directory)
            for index in 0..<chunk.count where !inodes.contains(chunk.inodes[index]) {
                rest.append(name: chunk.name(index).span, inode: chunk.inodes[index])
            }
            if rest.count > 0 { kept.append(rest) }
        }
        return SubjectList(kept)
    }

    package var count: Int { chunks.reduce(0) { $0 + $1.count } }

    /// Returns the first `limit` paths.
    package func paths(_ limit: Int = .max) -> [RelativePath] {
        var paths: [RelativePath] = []
        for chunk in chunks {
            for index in 0..<chunk.count {
                guard paths.count < limit else { return paths }
                paths.append(chunk.path(index))
            }
        }
        return paths
    }
}
