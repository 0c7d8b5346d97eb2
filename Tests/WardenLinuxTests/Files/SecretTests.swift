import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// Catalogue 147 and the half of 141 that a type can promise.
struct SecretTests {
    private static let canary = "canary-5f0c"

    private func read(_ directory: borrowing TemporaryDirectory, _ text: String, mode: Int = 0o400) throws -> Secret {
        try Secret(reading: try write(directory, text, mode: mode))
    }

    private func write(_ directory: borrowing TemporaryDirectory, _ text: String, mode: Int) throws -> FilePath {
        let path = try directory.write("secret", text)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path.string)
        return path
    }

    private func text(_ secret: Secret) -> String {
        secret.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
    }

    @Test(
        "147: one line break at the end is no part of it",
        arguments: [
            ("a\n", "a"), ("a", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a b ", " a b "), ("a\r", "a\r"),
        ])
    func trimsOneLineBreak(content: String, secret: String) throws {
        let directory = try TemporaryDirectory()
        #expect(text(try read(directory, content)) == secret)
    }

    @Test("147: an empty file is an error", arguments: ["", "\n", "\r\n"]) func refusesAnEmptyFile(content: String)
        throws
    {
        let directory = try TemporaryDirectory()
        let path = try write(directory, content, mode: 0o400)
        let error = #expect(throws: SecretError.self) { _ = try Secret(reading: path) }
        #expect(error == .empty(path))
        #expect(error?.description == "cannot use the secret in '\(path)': the file is empty")
    }

    @Test("147: 64 KiB are taken, one byte more is not") func refusesALargeFile() throws {
        let directory = try TemporaryDirectory()
        #expect(try read(directory, String(repeating: "x", count: 65_536)).count == 65_536)
        let large = try TemporaryDirectory()
        let path = try write(large, String(repeating: "x", count: 65_537), mode: 0o400)
        let error = #expect(throws: SecretError.self) { _ = try Secret(reading: path) }
        #expect(error?.description == "cannot read the secret in '\(path)': is larger than 64.0 KiB")
        try FileManager.default.removeItem(atPath: path.string)
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: path.string))
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path.string)
        #expect(throws: SecretError.self) { _ = try Secret(reading: path) }
    }

    @Test func refusesWhatOthersMayReadOrWrite() throws {
        for mode in [0o644, 0o404, 0o444] {
            let directory = try TemporaryDirectory()
            let path = try write(directory, "a", mode: mode)
            #expect(throws: SecretError.readable(path, ModeBits(UInt16(mode)))) { _ = try Secret(reading: path) }
        }
        let directory = try TemporaryDirectory()
        let error = #expect(throws: SecretError.self) { _ = try read(directory, "a", mode: 0o620) }
        #expect(error?.description.contains("can be written by others") == true)
        // Where systemd gives a unit's user the right by an ACL, its mask shows as the group's.
        let other = try TemporaryDirectory()
        #expect(text(try read(other, "a", mode: 0o440)) == "a")
    }

    @Test func neverFollowsALink() throws {
        let directory = try TemporaryDirectory()
        let path = try write(directory, "a", mode: 0o400)
        let link = directory.path("link")
        try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: path.string)
        #expect(throws: SecretError.self) { _ = try Secret(reading: link) }
    }

    @Test("141: nothing that prints it shows it") func showsNothing() throws {
        struct Holder { let secret: Secret }
        let directory = try TemporaryDirectory()
        let secret = try read(directory, Self.canary)
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        let texts = [
            "\(secret)", secret.description, secret.debugDescription, String(reflecting: secret),
            "\(Holder(secret: secret))",
            "\([secret])", "\(Optional(secret) as Any)", dumped,
            "\(Mirror(reflecting: secret).children.map { $0.value })",
        ]
        for text in texts { #expect(!text.contains("canary")) }
        #expect("\(secret)" == "<secret>")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(text(secret) == Self.canary)
    }
}
