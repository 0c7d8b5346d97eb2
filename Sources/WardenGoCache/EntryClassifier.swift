package import WardenModel

/// Tells from names alone what each thing below a cache root is for.
///
/// For `go-build` the names are those that cmd/go makes, and no others: whatever else stands there is a stranger,
/// which is reported and never touched. The functions allocate nothing and are meant for the loop that sees every
/// name of a cache.
///
/// The names come from `fileName`, `Open`, `Trim` and `FuzzDir` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cache/cache.go>.
package struct EntryClassifier: Sendable {
    /// The directory a name stands in, as far as it matters for what the name means.
    package enum Parent: Hashable, Sendable {
        /// The cache root.
        case root
        /// A directory below it. `shard` is its two name digits packed by `EntryClassifier.digits(_:_:)` where the
        /// role is `.shard`, else 0.
        case inside(EntryRole, shard: UInt16)

        /// Returns the parent that a directory with this name and role is to the names in it.
        package static func directory(_ name: Span<UInt8>, role: EntryRole) -> Parent {
            guard role == .shard, name.count == 2 else { return .inside(role, shard: 0) }
            return .inside(role, shard: digits(name[0], name[1]))
        }
    }

    /// How many bytes `<64 hex>-a` and `<64 hex>-d` have: a SHA-256 in hexadecimal, a hyphen and a letter.
    package static let entryNameLength = hashDigits + 2
    static let hashDigits = 64

    /// Returns the role of one name in a directory.
    ///
    /// - Parameters:
    ///   - name: The last name of the path, without a slash.
    ///   - kind: What the inode is; symbolic links and special files are never an entry of Go's.
    ///   - parent: The directory the name stands in.
    ///   - layout: What kind of tree the root holds.
    package static func role(
        of name: Span<UInt8>, kind: NodeKind, in parent: Parent, layout: CacheLayout
    ) -> EntryRole {
        guard layout == .goBuild else { return roleInPlainTree(name, in: parent) }
        switch parent {
        case .inside(.shard, let shard): return roleInShard(name, kind: kind, shard: shard)
        case .inside(.executableDirectory, _): return kind == .file ? .executable : .stranger
        case .inside(.fuzz, _): return .fuzz
        case .inside(.system, _): return .system
        case .inside: return .stranger
        case .root: return roleInRoot(name, kind: kind)
        }
    }

    /// Returns two digits as one number, which compares faster than two bytes.
    package static func digits(_ first: UInt8, _ second: UInt8) -> UInt16 { UInt16(first) << 8 | UInt16(second) }

    private static func roleInPlainTree(_ name: Span<UInt8>, in parent: Parent) -> EntryRole {
        switch parent {
        case .root: isSystemName(name) ? .system : .plain
        case .inside(.system, _): .system
        // The NFS client renames a file that is removed while open, in the directory where it stood.
        case .inside: beginsLikeNFS(name) ? .system : .plain
        }
    }

    private static func roleInRoot(_ name: Span<UInt8>, kind: NodeKind) -> EntryRole {
        if name.count == 2, kind == .directory, isLowerHexadecimal(name[0]), isLowerHexadecimal(name[1]) {
            return .shard
        }
        if kind == .directory, equals(name, "fuzz") { return .fuzz }
        if kind == .file, isBookkeeping(name) { return .bookkeeping }
        return isSystemName(name) ? .system : .stranger
    }

    private static func roleInShard(_ name: Span<UInt8>, kind: NodeKind, shard: UInt16) -> EntryRole {
        guard isEntryName(name), digits(name[0], name[1]) == shard else {
            // The NFS client renames a file that is removed while open, in the directory where it stood.
            return beginsLikeNFS(name) ? .system : .stranger
        }
        switch (name[entryNameLength - 1], kind) {
        case (UInt8(ascii: "a"), .file): return .action
        case (UInt8(ascii: "d"), .file): return .output
        case (UInt8(ascii: "d"), .directory): return .executableDirectory
        default: return .stranger
        }
    }

    /// Whether a name is 64 lower-case hexadecimal digits, a hyphen and one more byte.
    private static func isEntryName(_ name: Span<UInt8>) -> Bool {
        guard name.count == entryNameLength, name[hashDigits] == UInt8(ascii: "-") else { return false }
        // Without an early exit the compiler can test many digits at once; nearly every name is a good one.
        var all = true
        for index in 0..<hashDigits { all = isLowerHexadecimal(name[index]) && all }
        return all
    }

    private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || byte &- UInt8(ascii: "a") < 6
    }

    /// Whether cmd/go keeps a file of this name beside the shards. `log.txt` was written until Go 1.20.
    private static func isBookkeeping(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 6: equals(name, "README")
        case 7: equals(name, "log.txt")
        case 8: equals(name, "trim.txt")
        case 14: equals(name, "testexpire.txt")
        default: false
        }
    }

    private static func isSystemName(_ name: Span<UInt8>) -> Bool {
        equals(name, "lost+found") || beginsLikeNFS(name)
    }

    private static func beginsLikeNFS(_ name: Span<UInt8>) -> Bool { begins(name, ".nfs") }

    private static func equals(_ name: Span<UInt8>, _ text: String) -> Bool {
        name.count == text.utf8.count && begins(name, text)
    }

    /// Whether a name begins with these bytes. Literals need no allocation.
    private static func begins(_ name: Span<UInt8>, _ text: String) -> Bool {
        guard name.count >= text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            guard name[index] == byte else { return false }
            index += 1
        }
        return true
    }
}
