internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Asks a toolchain's own `go` for its version, as somebody without rights and with nothing of the caller's environment.
struct ToolchainQuestion {
    /// - `GOTOOLCHAIN=local`: no other toolchain answers.
    /// - `GOENV=off`, `GOFLAGS=`: no file and no flag has a say; there is no `HOME`.
    private static let environment = ["PATH=/usr/bin:/bin", "GOTOOLCHAIN=local", "GOENV=off", "GOFLAGS=", "LC_ALL=C"]
    /// How often a `go` is tried that somebody seems to be writing.
    private static let tries = 100

    let go: FilePath
    let identity: ChildIdentity
    let limit: Duration

    func version(isInterrupted: () -> Bool) throws(InstallationStop) -> ToolchainVersion {
        let result = try run(isInterrupted)
        switch result.stop {
        case .interruption: throw .interrupted
        case .timeLimit: throw .failed("the archive's 'go version' did not end within \(limit)")
        case nil: break
        }
        guard result.end == .exited(status: 0), let version = ToolchainVersion(commandOutput: result.output) else {
            let line = result.output.prefix { $0 != UInt8(ascii: "\n") }.prefix(256)
            throw .failed("the archive's 'go version' gives no version: '\(escapedForDisplay(line))'")
        }
        return version
    }

    private func run(_ isInterrupted: () -> Bool) throws(InstallationStop) -> ChildResult {
        let command = ChildCommand(
            go, arguments: ["go", "version"].map { Array($0.utf8) },
            environment: Self.environment.map { Array($0.utf8) })
        for attempt in 1... {
            do throws(Errno) {
                return try ChildProcess.run(
                    command, as: identity, limit: limit, outputLimit: ByteCount(4_096), isInterrupted: isInterrupted)
            } catch {
                // Another thread's fork(2) has what was open for writing until its execve(2), see execve(2), ETXTBSY.
                guard error == .textFileBusy, attempt < Self.tries else {
                    throw .failed("cannot run '\(escapedForDisplay(go.description))': \(error)")
                }
                BackgroundThread.sleep(.milliseconds(10))
            }
        }
        throw .interrupted
    }
}
