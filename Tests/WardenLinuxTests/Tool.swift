import Foundation
import SystemPackage

/// One of the host's programs, run by a shell, so that a test can ask the reference what it thinks.
enum Tool {
    struct Failure: Error {
        let status: Int32
        let errors: String
    }

    /// Runs a script with `sh -eu` in a directory and returns what it printed.
    static func run(_ script: String, in directory: FilePath) throws -> String {
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.currentDirectoryURL = URL(fileURLWithPath: directory.string, isDirectory: true)
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
        // A file, because a script may be longer than an argument.
        let scriptFile = directory.appending("script.sh").string
        try Data(script.utf8).write(to: URL(fileURLWithPath: scriptFile))
        // It goes with the test's directory anyway.
        defer { try? FileManager.default.removeItem(atPath: scriptFile) }
        process.arguments = ["-eu", scriptFile]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        let complaints = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(status: process.terminationStatus, errors: String(decoding: complaints, as: UTF8.self))
        }
        return String(decoding: printed, as: UTF8.self)
    }
}
