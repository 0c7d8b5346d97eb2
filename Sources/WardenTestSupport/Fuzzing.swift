internal import Foundation

/// Feeds a parser with damaged inputs: mutations of good ones, the same for the same seed.
///
/// Runs for five seconds, or as long as `CACHEWARDEN_FUZZ_SECONDS` says. What ends the process, or takes longer than ten
/// seconds for one input, is a defect; what a parser answers is for the test to judge.
package struct Fuzzing: Sendable {
    package struct Hang: Error, CustomStringConvertible {
        let input: [UInt8]
        package let description: String
    }

    private let originals: [[UInt8]]
    private let pieces: [[UInt8]]

    /// - Parameters:
    ///   - originals: Good inputs, at least one.
    ///   - words: What the parser takes for a sign, beside bytes that trouble every parser.
    package init(_ originals: [[UInt8]], words: [String] = []) {
        self.originals = originals
        let bytes: [[UInt8]] = [
            [0], [0xff], [0xef, 0xbb, 0xbf], [0xe2, 0x80, 0xae], [0xc3, 0xa9], [0x0d], [0x85], [0x1b], Array("\n".utf8),
            Array("  ".utf8), Array("99999999999999999999".utf8), Array("-1".utf8), Array("18446744073709551615".utf8),
        ]
        pieces = bytes + words.map { Array($0.utf8) }
    }

    private static var duration: Duration {
        let seconds = ProcessInfo.processInfo.environment["CACHEWARDEN_FUZZ_SECONDS"].flatMap { Int64($0) }
        return .seconds(seconds ?? 5)
    }

    /// Calls `body` with one damaged input after another; returns how many there were.
    @discardableResult
    package func run(seed: UInt64 = 1, _ body: ([UInt8]) throws -> Void) throws -> Int {
        var random = SeededGenerator(seed: seed)
        let end = ContinuousClock.now + Self.duration
        var count = 0
        while ContinuousClock.now < end || count == 0 {
            let input = mutant(&random)
            let began = ContinuousClock.now
            try body(input)
            let took = ContinuousClock.now - began
            if took > .seconds(10) { throw Hang(input: input, description: "\(took) for \(input)") }
            count += 1
        }
        return count
    }

    private func mutant(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = originals.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let position = Int.random(in: 0...bytes.count, using: &random)
            let length = min(Int.random(in: 0...12, using: &random), bytes.count - position)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes.removeSubrange(position..<position + length)
            case 1: bytes.insert(contentsOf: bytes[position..<position + length], at: 0)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
            case 3: bytes.removeLast(bytes.count - position)
            case 4 where position < bytes.count: bytes[position] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 5:
                let other = originals.randomElement(using: &random) ?? []
                bytes.replaceSubrange(position..., with: other.suffix(Int.random(in: 0...other.count, using: &random)))
            default: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: position)
            }
        }
        return bytes
    }
}
