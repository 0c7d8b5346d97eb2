package import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Makes running managers of systemd read their configuration again, so that services started from now on get it.
package struct ManagerReload: Sendable {
    /// Where the distributions put it.
    package static let usualPlaces: [FilePath] = ["/usr/bin/systemctl", "/bin/systemctl"]
    /// A manager that starts up may take so long to answer.
    private static let limit = Duration.seconds(90)

    private let places: [FilePath]

    package init(at places: [FilePath] = Self.usualPlaces) { self.places = places }

    /// Tells the system manager, then users' managers, and returns what kept it from it, for people; `nil` for nothing.
    ///
    /// A user's manager takes `SIGHUP` for `daemon-reload` (`systemd(1)`, "Signals"): no process has to become that user.
    package func run(system: Bool, users: Bool) -> String? {
        var commands: [[String]] = []
        if system { commands.append(["daemon-reload"]) }
        if users { commands.append(["kill", "--kill-who=main", "--signal=HUP", "user@*.service"]) }
        for arguments in commands {
            if let failure = run(arguments) { return "'systemctl \(arguments.joined(separator: " "))': \(failure)" }
        }
        return nil
    }

    private func run(_ arguments: [String]) -> String? {
        guard let program = find() else { return "no systemctl that only root can change" }
        let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"]
        let command = ChildCommand(
            program, arguments: (["systemctl", "--no-ask-password"] + arguments).map { Array($0.utf8) },
            environment: environment.map { Array($0.utf8) })
        do throws(Errno) {
            let identity = try ProcessIdentity.current()
            let child = ChildIdentity(
                user: identity.effectiveUser, group: identity.effectiveGroup, supplementaryGroups: [])
            let result = try ChildProcess.run(command, as: child, limit: Self.limit)
            guard result.stop == nil else { return "took too long, or the run was to end" }
            guard case .exited(status: 0) = result.end else {
                return "\(result.end): \(escapedForDisplay(result.output.prefix(300)))"
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func find() -> FilePath? {
        // A program that others can change is as good as none.
        places.lazy.compactMap { try? TrustedProgram.find($0, trusting: .rootThroughout) }.first
    }
}
