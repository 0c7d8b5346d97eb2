import SystemPackage
import Testing
import WardenModel
import WardenPolicy

/// Damaged policies are read or refused: never a crash, a hang, or an error without a place in the text.
struct MutationTests {
    private static let pieces: [[UInt8]] = [
        Array("[".utf8), Array("]".utf8), Array("{".utf8), Array("}".utf8), Array(":".utf8), Array("- ".utf8),
        Array("\"".utf8), Array("'".utf8), Array("\n".utf8), Array("  ".utf8), Array("&a ".utf8), Array("*a".utf8),
        Array("!!x ".utf8), Array("? ".utf8), Array("| ".utf8), Array("> ".utf8), Array("#".utf8), Array("%".utf8),
        Array("---\n".utf8), Array("<<: ".utf8), Array("\t".utf8), Array("99999999999999999999".utf8), [0], [0xff],
        [0xef, 0xbb, 0xbf], [0xe2, 0x80, 0xae], [0xc3, 0xa9], [0x0d], [0x85], Array("\\x".utf8), Array("~".utf8),
    ]

    @Test(arguments: 0..<8)
    func neverCrashesAndStaysFast(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let originals = try shippedPolicies().map(\.bytes) + [Array(wholeLanguage.utf8)]
        let time = ContinuousClock().measure {
            for _ in 0..<400 {
                let mutant = mutated(originals.randomElement(using: &random) ?? [], &random)
                let (policy, diagnostics) = PolicyReader.read(mutant, file: "m.yaml")
                #expect((policy == nil) == diagnostics.contains { $0.level == .error })
                #expect(diagnostics.allSatisfy { !$0.description.isEmpty && ($0.mark?.column ?? 1) >= 1 })
            }
        }
        #expect(time < .seconds(60))
    }

    private func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let position = Int.random(in: 0...bytes.count, using: &random)
            let length = min(Int.random(in: 0...12, using: &random), bytes.count - position)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(position..<position + length)
            case 1: bytes.insert(contentsOf: bytes[position..<position + length], at: 0)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
            case 3: bytes.removeLast(bytes.count - position)
            default:
                bytes.insert(contentsOf: MutationTests.pieces.randomElement(using: &random) ?? [], at: position)
            }
        }
        return bytes
    }
}
