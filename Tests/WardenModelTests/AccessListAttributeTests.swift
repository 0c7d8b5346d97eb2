import Testing
import WardenModel
import WardenTestSupport

struct AccessListAttributeTests {
    /// What `setfacl -m u:5:r` stored for a file of mode 0644.
    private let stored: [UInt8] = [
        2, 0, 0, 0,
        0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
        0x02, 0, 4, 0, 5, 0, 0, 0,
        0x04, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
        0x10, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
        0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
    ]

    @Test func readsAndWritesTheKernelsForm() throws {
        let list = try #require(AccessList(attribute: stored))
        #expect(list.description == "user::rw-,user:5:r--,group::r--,mask::r--,other::r--")
        #expect(list.attributeBytes == stored)
    }

    @Test func readsWhatItWrites() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<1_000 {
            let list = random.accessList()
            #expect(AccessList(attribute: list.attributeBytes) == list)
        }
    }

    @Test(
        arguments: [
            ("nothing", [UInt8]()),
            ("a version alone", [2, 0, 0, 0]),
            ("half a version", [2, 0]),
        ] as [(String, [UInt8])])
    func refusesShortValues(_: String, bytes: [UInt8]) {
        #expect(AccessList(attribute: bytes) == nil)
    }

    @Test(
        arguments: [
            ("another version", 0, UInt8(1)), ("a version in the high bytes", 3, 1), ("an unknown tag", 4, 0x40),
            ("a tag in the high byte", 5, 1), ("rights beyond rwx", 6, 8), ("rights in the high byte", 7, 1),
            ("a second owner", 12, 1), ("the mask twice", 36, 0x10),
        ] as [(String, Int, UInt8)])
    func refusesOneWrongByte(_: String, offset: Int, byte: UInt8) {
        var bytes = stored
        bytes[offset] = byte
        #expect(AccessList(attribute: bytes) == nil)
    }

    @Test func refusesMissingEntries() {
        var bytes = stored
        bytes.removeSubrange(28..<36)
        #expect(AccessList(attribute: bytes) == nil)
        bytes.removeSubrange(12..<20)
        #expect(AccessList(attribute: bytes) == AccessList(mode: ModeBits(0o644)))
        bytes.removeLast(8)
        #expect(AccessList(attribute: bytes) == nil)
    }

    @Test func refusesTheIDThatIsNobodys() {
        var bytes = stored
        bytes.replaceSubrange(16..<20, with: [0xff, 0xff, 0xff, 0xff])
        #expect(AccessList(attribute: bytes) == nil)
    }

    @Test func readsDoubleEntriesAsTheKernelDecidesByThem() {
        let owner: [UInt8] = [0x01, 0, 7, 0, 0xff, 0xff, 0xff, 0xff]
        let users: [UInt8] = [0x02, 0, 4, 0, 5, 0, 0, 0, 0x02, 0, 6, 0, 5, 0, 0, 0]
        let groups: [UInt8] = [0x08, 0, 4, 0, 5, 0, 0, 0, 0x08, 0, 2, 0, 5, 0, 0, 0]
        let list = AccessList(attribute: [2, 0, 0, 0] + owner + users + stored[20..<28] + groups + stored[28...])
        #expect(list?.description == "user::rwx,user:5:r--,group::r--,group:5:rw- #effective:r--,mask::r--,other::r--")
    }

    @Test func staysCalmOnHostileBytes() {
        var random = SeededGenerator(seed: 2)
        var accepted = 0
        for _ in 0..<50_000 {
            var bytes = random.accessList().attributeBytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
                case 1: bytes += random.bytes(Int.random(in: 1...16, using: &random))
                case _ where bytes.isEmpty: break
                default: bytes[Int.random(in: bytes.indices, using: &random)] = random.bytes(1)[0]
                }
            }
            guard let list = AccessList(attribute: bytes) else { continue }
            accepted += 1
            #expect(list.isValid)
            #expect(AccessList(attribute: list.attributeBytes) == list)
        }
        // Neither everything nor nothing: the mutations reach both answers.
        #expect((1_000..<49_000).contains(accepted))
    }
}
