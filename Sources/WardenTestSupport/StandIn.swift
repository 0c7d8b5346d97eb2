internal import Foundation
package import SystemPackage

/// A program that a test started and does not wait for; ended when the value goes.
package struct StandIn: ~Copyable {
    private let process = Process()

    package var id: Int32 { process.processIdentifier }

    /// Starts a program with exactly this environment; by default a copy of `sleep`, for a minute.
    package init(
        _ executable: FilePath, _ arguments: [String] = ["60"], environment: [String: String] = [:],
        in directory: FilePath = "/"
    ) throws {
        process.executableURL = URL(fileURLWithPath: executable.string)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: directory.string)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, isBeingLoaded { usleep(1_000) }
    }

    /// For a moment a program that was started has neither arguments nor environment: execve(2) lets whoever started it
    /// go on before.
    private var isBeingLoaded: Bool {
        // What has ended is not being loaded.
        (try? FixtureCalls.read(FilePath("/proc/\(id)/cmdline")))?.isEmpty == true
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

extension TemporaryDirectory {
    /// Copies `sleep` to a name below the directory.
    package borrowing func makeSleep(_ name: FilePath) throws -> FilePath {
        // By another process: a fork of this one could hold the copy open for writing, and then it cannot be run.
        let copy = try Process.run(URL(fileURLWithPath: "/bin/cp"), arguments: ["/bin/sleep", path(name).string])
        copy.waitUntilExit()
        return path(name)
    }
}
