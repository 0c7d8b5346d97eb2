import Testing
import WardenGoCache
import WardenModel

struct EntryClassifierTests {
    private static let hash = "ab" + String(repeating: "0123456789abcdef", count: 3) + "01234567890abc"
    private static let shardAB = EntryClassifier.Parent.inside(.shard, shard: EntryClassifier.digits(0x61, 0x62))

    private func role(
        _ name: String, _ kind: NodeKind = .file, in parent: EntryClassifier.Parent, layout: CacheLayout = .goBuild
    ) -> EntryRole {
        let bytes = Array(name.utf8)
        return EntryClassifier.role(of: bytes.span, kind: kind, in: parent, layout: layout)
    }

    @Test(arguments: [
        ("00", NodeKind.directory, EntryRole.shard), ("ff", .directory, .shard), ("a0", .directory, .shard),
        ("FF", .directory, .stranger), ("0g", .directory, .stranger), ("000", .directory, .stranger),
        ("0", .directory, .stranger), ("00", .file, .stranger), ("00", .symbolicLink, .stranger),
        ("README", .file, .bookkeeping), ("trim.txt", .file, .bookkeeping), ("testexpire.txt", .file, .bookkeeping),
        ("log.txt", .file, .bookkeeping), ("README", .directory, .stranger), ("README", .symbolicLink, .stranger),
        ("readme", .file, .stranger), ("README ", .file, .stranger), ("trim.tx", .file, .stranger),
        ("fuzz", .directory, .fuzz), ("fuzz", .file, .stranger), ("fuzzy", .directory, .stranger),
        ("lost+found", .directory, .system), (".nfs000000000001", .file, .system), (".nfs", .file, .system),
        (".nf", .file, .stranger), ("", .file, .stranger), ("download", .directory, .stranger),
        ("secret.key", .file, .stranger), ("lost+found2", .directory, .stranger),
    ])
    func knowsTheNamesInTheRoot(name: String, kind: NodeKind, expected: EntryRole) {
        #expect(role(name, kind, in: .root) == expected)
    }

    @Test(arguments: [
        (hash + "-a", NodeKind.file, EntryRole.action), (hash + "-d", .file, .output),
        (hash + "-d", .directory, .executableDirectory), (hash + "-a", .directory, .stranger),
        (hash + "-a", .symbolicLink, .stranger), (hash + "-d", .fifo, .stranger), (hash + "-d", .unknown, .stranger),
        (hash + "-b", .file, .stranger), (hash + "_a", .file, .stranger), (hash + "-", .file, .stranger),
        (hash + "-ab", .file, .stranger), ("ac" + hash.dropFirst(2) + "-a", .file, .stranger),
        (hash.uppercased() + "-a", .file, .stranger), (hash.dropLast() + "g-a", .file, .stranger),
        ("0" + hash + "-a", .file, .stranger), (hash, .file, .stranger), ("-a", .file, .stranger),
        (".nfs0000000000c0ffee00000001", .file, .system), ("lost+found", .directory, .stranger),
        ("README", .file, .stranger), ("", .file, .stranger),
    ])
    func knowsTheNamesInAShard(name: String, kind: NodeKind, expected: EntryRole) {
        #expect(role(name, kind, in: Self.shardAB) == expected)
    }

    @Test func refusesEveryWrongDigitOfAHash() {
        for position in 0..<EntryClassifier.entryNameLength - 2 {
            for wrong in ["/", ":", "`", "g", "A", "\0", "-"] {
                var name = Array(Self.hash + "-a")
                name[position] = Character(wrong)
                #expect(role(String(name), in: Self.shardAB) == .stranger, "\(String(name))")
            }
        }
    }

    @Test func acceptsEveryShardAndNoOtherPairOfBytes() {
        var shards = 0
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let name = [first, second]
                let role = EntryClassifier.role(of: name.span, kind: .directory, in: .root, layout: .goBuild)
                shards += role == .shard ? 1 : 0
            }
        }
        #expect(shards == 256)
    }

    @Test func takesEveryNameForTheExecutableOfItsDirectory() {
        let parent = EntryClassifier.Parent.inside(.executableDirectory, shard: 0)
        #expect(role("any name\n", in: parent) == .executable)
        #expect(role("folder", .directory, in: parent) == .stranger)
        #expect(role("link", .symbolicLink, in: parent) == .stranger)
    }

    @Test(arguments: [(EntryRole.fuzz, EntryRole.fuzz), (.stranger, .stranger), (.system, .system)])
    func passesARoleDownThatHoldsForTheWholeTree(parent: EntryRole, expected: EntryRole) {
        for kind in NodeKind.allCases {
            #expect(role("README", kind, in: .inside(parent, shard: 0)) == expected)
        }
    }

    @Test(arguments: [CacheLayout.goMod, .directory])
    func knowsNoInnerStructureInOtherLayouts(layout: CacheLayout) {
        #expect(role("00", .directory, in: .root, layout: layout) == .plain)
        #expect(role("cache", .directory, in: .root, layout: layout) == .plain)
        #expect(role("lost+found", .directory, in: .root, layout: layout) == .system)
        #expect(role(".nfs01", in: .root, layout: layout) == .system)
        #expect(role(".nfs01", in: .inside(.plain, shard: 0), layout: layout) == .system)
        #expect(role("lost+found", .directory, in: .inside(.plain, shard: 0), layout: layout) == .plain)
        #expect(role("x", in: .inside(.system, shard: 0), layout: layout) == .system)
    }

    @Test func tellsAShardsDigitsToTheNamesInIt() {
        let name = Array("ab".utf8)
        #expect(EntryClassifier.Parent.directory(name.span, role: .shard) == Self.shardAB)
        #expect(EntryClassifier.Parent.directory(name.span, role: .fuzz) == .inside(.fuzz, shard: 0))
    }
}
