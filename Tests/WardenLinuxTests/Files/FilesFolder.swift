import Foundation
import SystemPackage

/// A directory of the test's own, mode 0700, gone when the test ends.
struct FilesFolder: ~Copyable {
    let path: FilePath

    init() throws {
        path = FilePath("/tmp/warden-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            atPath: path.string, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    // What cannot be removed costs disk space; the test's verdict stands without it.
    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    @discardableResult
    func file(_ name: String, _ text: String = "text", mode: Int = 0o600) throws -> FilePath {
        let file = path.appending(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.string))
        try setMode(of: name, mode)
        return file
    }

    @discardableResult
    func directory(_ name: String, mode: Int = 0o700) throws -> FilePath {
        let directory = path.appending(name)
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: false)
        try setMode(of: name, mode)
        return directory
    }

    @discardableResult
    func link(_ name: String, to target: String) throws -> FilePath {
        let link = path.appending(name)
        try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: target)
        return link
    }

    @discardableResult
    func fifo(_ name: String) throws -> FilePath {
        try command("/usr/bin/mkfifo", path.appending(name).string)
        return path.appending(name)
    }

    func setMode(of name: String, _ mode: Int) throws {
        let place = path.appending(name).string
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place)
    }

    func setOwner(of name: String, _ owner: Int) throws {
        try command("/usr/bin/chown", String(owner), path.appending(name).string)
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path.appending(name).string)), as: UTF8.self)
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path.string).sorted()
    }

    func command(_ program: String, _ arguments: String...) throws {
        struct Failure: Error { let command: [String] }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(command: [program] + arguments) }
    }
}
