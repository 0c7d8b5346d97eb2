package import SystemPackage
package import WardenLinux
package import WardenModel

/// Finds the system's services that run `go`, and the environment that each of them gets.
///
/// Unit files and drop-ins are read as `systemd.unit(5)` orders them; nothing is asked of the manager, so what
/// `systemctl set-environment` has set is not seen.
package struct UnitObserver {
    private static let commands: Set<String> = [
        "ExecStart", "ExecStartPre", "ExecStartPost", "ExecReload", "ExecCondition",
    ]

    private let files: SystemFiles
    private var environment: EnvironmentObserver

    package init(top: FilePath) {
        files = SystemFiles(top: top)
        environment = EnvironmentObserver(top: top)
    }

    /// Returns every service that runs `go`, by name.
    ///
    /// - Parameters:
    ///   - account: Looks a user up, for the home directory that a service with `User=` gets.
    ///   - toolchain: Whose `go.env` counts.
    package mutating func services(
        toolchain: FilePath?, account: (String) -> UserAccount?
    ) -> [UnitDiagnosis] {
        files.merged(EnvironmentPlaces.unitFolders, endingIn: ".service").compactMap { name, path in
            diagnosis(name, path, toolchain, account)
        }
    }

    private mutating func diagnosis(
        _ name: String, _ path: FilePath, _ toolchain: FilePath?, _ account: (String) -> UserAccount?
    ) -> UnitDiagnosis? {
        let parts = ([path] + dropIns(of: name)).compactMap { path in files.text(path).map { (path, $0) } }
        let settings = parts.flatMap { UnitText.settings($0.1, section: "Service", keys: Self.commands) }
        guard settings.contains(where: { UnitText.runsGo($0.value) }) else { return nil }
        let users = parts.flatMap { UnitText.settings($0.1, section: "Service", keys: ["User"]) }
        let user = users.last.flatMap { $0.value.isEmpty ? nil : $0.value }
        let runner = user.flatMap(account)
        let subject =
            runner.map { AccessSubject.user($0.id, name: $0.name, groups: [$0.primaryGroup]) }
            ?? .user(.root, name: "root", groups: [])
        var process = ProcessEnvironment(
            environment.environment(of: .systemService, for: runner))
        for (path, text) in parts { process.apply(EnvironmentText.service(text), of: path) }
        // "Settings from these files override settings made with Environment=": systemd.exec(5).
        for path in environmentFiles(parts.map(\.1)) {
            guard let content = files.text(path) else { continue }
            process.apply(EnvironmentText.environmentFile(content), of: path)
        }
        return UnitDiagnosis(
            name: name, path: path, user: user,
            variables: environment.variables(in: process.variables, toolchain: toolchain, for: subject))
    }

    /// The files of `EnvironmentFile=`; an empty one resets the list, and one behind a `-` may be missing.
    private func environmentFiles(_ texts: [String]) -> [FilePath] {
        var found: [FilePath] = []
        for setting in texts.flatMap({ UnitText.settings($0, section: "Service", keys: ["EnvironmentFile"]) }) {
            let path = FilePath(setting.value.hasPrefix("-") ? String(setting.value.dropFirst()) : setting.value)
            if setting.value.isEmpty { found = [] } else if path.isAbsolute { found.append(path) }
        }
        return found
    }

    /// `NAME.service.d/*.conf`.
    private func dropIns(of name: String) -> [FilePath] {
        files.merged(EnvironmentPlaces.unitFolders.map { $0.appending(name + ".d") }, endingIn: ".conf").map(\.path)
    }
}
