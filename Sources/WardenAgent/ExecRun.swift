internal import SystemPackage
package import WardenGoCache
package import WardenLinux
internal import WardenModel

/// Says why a build failed, and counts it.
package struct ExecRun: Sendable {
    /// More than any go.mod has.
    private static let moduleFileLimit = ByteCount(1 << 20)

    private let words: [[UInt8]]
    private let surroundings: Surroundings

    /// - Parameter words: The command, as it was typed.
    package init(_ words: [[UInt8]], in surroundings: Surroundings) {
        self.words = words
        self.surroundings = surroundings
    }

    /// Returns why a build failed; `nil` for one that succeeded, or that somebody stopped.
    package func failure(_ result: TransparentProcess.Result) -> BuildFailure? {
        guard !succeeded(result), !wasStopped(result) else { return nil }
        return BuildFailure(errors: result.errors.bytes, output: result.output.bytes)
    }

    /// Counts a build, unless somebody stopped it. Returns a warning, which is all that comes of what goes wrong.
    package func count(_ result: TransparentProcess.Result, _ failure: BuildFailure?) -> String? {
        guard failure != nil || succeeded(result) else { return nil }
        guard let path = surroundings.buildCounts else {
            return "cannot count the build: neither XDG_STATE_HOME nor HOME is set"
        }
        do {
            return try BuildCountsFile(path: path).update { counts in
                guard let failure else { return counts.countSuccess() }
                counts.countFailure(failure.reason, of: module, by: user, at: surroundings.now())
            }
        } catch {
            return "\(error)"
        }
    }

    private func succeeded(_ result: TransparentProcess.Result) -> Bool { result.end == .exited(status: 0) }

    /// A person who stops a build, or a reader of its output that has enough, is no reason to mend anything.
    private func wasStopped(_ result: TransparentProcess.Result) -> Bool {
        // SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, whose numbers are the same on every Linux.
        if case .killed(let signal) = result.end, [1, 2, 3, 13, 15].contains(signal) { return true }
        return result.wasInterrupted
    }

    private var user: String {
        let user = surroundings.caller.realUser
        return Accounts().name(of: user) ?? "\(user.rawValue)"
    }

    /// The module of the nearest go.mod at or above the directory of the build; `-` where there is none.
    private var module: String {
        var directory = WorkingDirectory.current
        if let other = GoInvocation(words).directory { directory = directory.pushing(other).lexicallyNormalized() }
        while true {
            // A go.mod that cannot be read is none: Go would have said so.
            if let content = try? readFile(directory.appending("go.mod"), limit: Self.moduleFileLimit) {
                return ModuleDeclaration(parsing: content).path ?? "-"
            }
            guard directory.removeLastComponent() else { return "-" }
        }
    }
}
