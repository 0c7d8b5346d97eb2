internal import SystemPackage

/// Names that events spoke of, each once, however often. Allocates for no name once its buffers have grown.
struct ChangedNames {
    /// Names of one directory.
    struct Group {
        let watch: CInt
        fileprivate let range: Range<Int>
    }

    private struct Name {
        let watch: CInt
        let start: Int
        let length: Int
    }

    private var names: [Name] = []
    /// A NUL behind each.
    private var bytes: [UInt8] = []
    private var keys: Set<UInt64> = []

    var count: Int { names.count }

    mutating func add(_ name: borrowing Span<UInt8>, in watch: CInt) {
        guard unsafe name.withUnsafeBytes({ unsafe keys.insert(Self.key(watch, $0)).inserted }) else { return }
        names.append(Name(watch: watch, start: bytes.count, length: name.count))
        for index in name.indices { bytes.append(name[index]) }
        bytes.append(0)
    }

    mutating func removeAll() {
        names.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
    }

    /// Returns the names' directories, each once.
    mutating func groups() -> [Group] {
        names.sort { ($0.watch, $0.start) < ($1.watch, $1.start) }
        var groups: [Group] = []
        var start = 0
        for (index, name) in names.enumerated() where index + 1 == names.count || names[index + 1].watch != name.watch {
            groups.append(Group(watch: name.watch, range: start..<index + 1))
            start = index + 1
        }
        return groups
    }

    /// Calls `body` with each name, which a NUL ends, and its length.
    func forEach(in group: Group, _ body: (UnsafePointer<CChar>, Int) -> Void) {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            for name in names[group.range] {
                unsafe body((base + name.start).assumingMemoryBound(to: CChar.self), name.length)
            }
        }
    }

    /// What stands for a name in a directory: a hash whose key is this process's own.
    static func key(_ watch: CInt, _ name: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(watch)
        unsafe hasher.combine(bytes: name)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
