import Foundation
import Testing
import WardenDigest

/// The answers are those of FIPS 180-4's examples and of `sha256sum(1)`.
struct SHA256Tests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func givesTheStandardsAnswers(text: String, expected: String) {
        #expect(SHA256Digest(of: Array(text.utf8)).description == expected)
    }

    @Test func givesTheStandardsAnswerForAMillionLetters() {
        var hasher = SHA256Hasher()
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000)
        for _ in 0..<1_000 { hasher.update(letters) }
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(hasher.finalize().description == expected)
    }

    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 127, 128, 4_097])
    func doesNotDependOnHowTheBytesCome(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var oneByOne = SHA256Hasher()
        for index in bytes.indices { oneByOne.update(bytes[index...index]) }
        var inSpans = SHA256Hasher()
        let (first, second) = (bytes[..<(length / 3)], bytes[(length / 3)...])
        inSpans.update(first.span)
        inSpans.update(second)
        let whole = SHA256Digest(of: bytes)
        #expect(oneByOne.finalize() == whole)
        #expect(inSpans.finalize() == whole)
        #expect(whole.bytes.count == SHA256Digest.size)
    }

    @Test(arguments: [0, 1, 64, 100_000])
    func answersForOneFileAfterTheOther(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var hasher = SHA256Hasher()
        for turn in 0..<4 {
            hasher.update(bytes)
            let digest = hasher.finish { digest in digest.indices.map { digest[$0] } }
            #expect(digest == SHA256Digest(of: bytes).bytes)
            guard turn.isMultiple(of: 2) else { continue }
            hasher.update([1, 2, 3])
            hasher.restart()
        }
        hasher.update(bytes)
        #expect(hasher.finalize() == SHA256Digest(of: bytes))
    }

    @Test func agreesWithSha256sum() throws {
        let bytes = (0..<100_000).map { _ in UInt8.random(in: .min ... .max) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        try input.fileHandleForWriting.close()
        let answer = try #require(try output.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        #expect(String(decoding: answer.prefix(64), as: UTF8.self) == SHA256Digest(of: bytes).description)
    }
}
