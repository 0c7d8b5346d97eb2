internal import ArgumentParser
internal import FoundationEssentials
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel

/// Standard output and standard error: data goes to the one, everything else to the other.
enum Terminal {
    static func isTerminal(_ file: FileDescriptor) -> Bool { TerminalDevice.isTerminal(file) }

    /// How wide text is: as wide as the terminal, up to what reads well; always the same in a pipe.
    static var columns: Int {
        guard let columns = TerminalDevice.columns(.standardOutput) else { return 100 }
        return min(max(columns, 60), 120)
    }

    /// See <https://no-color.org>: any value but an empty one says no.
    static var wantsNoColor: Bool { ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false }

    /// Writes data to standard output. A reader that went away ends the command quietly.
    static func write(_ bytes: [UInt8]) throws {
        do {
            try FileDescriptor.standardOutput.writeAll(bytes)
        } catch Errno.brokenPipe {
            throw ExitCode(ExitStatus.failed.rawValue)
        } catch {
            throw AgentError.failed("cannot write to standard output: \(error)", remedy: nil)
        }
    }

    static func write(_ text: String) throws { try write(Array(text.utf8)) }

    /// Says something about the run that is not its answer.
    static func note(_ text: String) {
        // Nobody reads standard error: then there is nobody to tell.
        _ = try? FileDescriptor.standardError.writeAll(Array((text + "\n").utf8))
    }

    static func complain(_ error: AgentError) {
        if case .badPolicies(let diagnostics) = error { return complain(diagnostics) }
        note("cachewarden: \(error)")
    }

    static func complain(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics { note("\(diagnostic)") }
    }

    /// Returns an argument as a path, relative to where the command was given.
    static func path(_ argument: String) -> FilePath {
        let path = FilePath(argument)
        return path.isAbsolute ? path : WorkingDirectory.current.pushing(path)
    }
}
