import Foundation
import SystemPackage
import WardenModel
import WardenTestSupport

/// The built program with an environment of the test's own.
struct Program: ~Copyable {
    struct Result: CustomStringConvertible {
        let status: Int32
        let output: String
        let errors: String

        var description: String { "exit \(status)\n--- stdout\n\(output)\n--- stderr\n\(errors)" }
    }

    let directory: TemporaryDirectory
    var environment: [String: String]

    /// The program works in a directory of its own, which has a small Go build cache and a home.
    init() throws {
        let directory = try TemporaryDirectory()
        for name: FilePath in ["cache", "home", "out", "host"] {
            try directory.makeDirectory(name, mode: ModeBits(0o700))
        }
        _ = try GoCacheTree(in: directory, at: "cache", pairs: 3)
        environment = [
            "PATH": "/usr/bin:/bin", "HOME": directory.path("home").string,
            "GOCACHE": directory.path("cache").string,
        ]
        self.directory = directory
    }

    /// Runs it to its end; its output goes through files, so that nothing waits for a reader.
    borrowing func run(_ arguments: [String], output: FilePath? = nil) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.binary.string)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: directory.path.string)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(
            forWritingAtPath: try output?.string ?? directory.write("out/output", "").string)
        process.standardError = FileHandle(forWritingAtPath: try directory.write("out/errors", "").string)
        try process.run()
        process.waitUntilExit()
        let said = try output == nil ? directory.read("out/output") : []
        return Result(
            status: process.terminationStatus, output: String(decoding: said, as: UTF8.self),
            errors: String(decoding: try directory.read("out/errors"), as: UTF8.self))
    }

    borrowing func run(_ arguments: String...) throws -> Result { try run(arguments) }

    /// The binary under test: `$CACHEWARDEN_BINARY`, else the one built beside this test bundle.
    private static let binary: FilePath = {
        if let path = TestProcess.environment("CACHEWARDEN_BINARY") { return FilePath(path) }
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return FilePath(bundle).removingLastComponent().appending("cachewarden")
    }()
}
