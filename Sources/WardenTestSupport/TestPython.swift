package import Foundation

/// Somebody else's readers of what we write, from Python's packages.
package enum TestPython {
    /// Whether python3 has these modules here.
    package static func has(_ modules: String...) -> Bool {
        // Why not does not matter.
        (try? run("import \(modules.joined(separator: ", "))")) != nil
    }

    /// Runs a script and returns its output; throws, with what it complained of, unless it exits with 0.
    @discardableResult
    package static func run(_ script: String, _ arguments: [String] = [], input: Data = Data()) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-W", "ignore", "-c", script] + arguments
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardOutput
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: input)
        try standardInput.fileHandleForWriting.close()
        let output = String(decoding: try standardOutput.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: output) }
        return output
    }

    package struct Failure: Error {
        package let output: String
    }
}
