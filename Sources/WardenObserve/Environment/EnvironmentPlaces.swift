package import SystemPackage
internal import WardenLinux

/// What says how builds are started: the files that `EnvironmentObserver` and `UnitObserver` read.
///
/// For those who want to know when to look again. What another file names (GOENV, `EnvironmentFile=`) is not among them.
package struct EnvironmentPlaces: Hashable, Sendable {
    package let files: [FilePath]
    /// Folders of which any file may count.
    package let folders: [FilePath]

    /// Of every user of the host.
    package static let host = EnvironmentPlaces(
        files: ["/etc/environment", "/etc/profile", managerFile, userManagerFile],
        folders: [profileFolder] + [environmentFolder, managerFolder, userManagerFolder].flatMap(folders))

    /// Of the user whose home this is.
    package static func home(_ home: FilePath) -> EnvironmentPlaces {
        EnvironmentPlaces(
            files: (profiles + [".bashrc", ".config/go/env", ".config/systemd/user.conf"]).map { home.appending($0) },
            folders: [".config/environment.d", ".config/systemd/user.conf.d"].map { home.appending($0) })
    }

    /// Of the host's services, with the drop-ins that there are now.
    ///
    /// - Parameter top: What stands for `/`.
    package static func services(top: FilePath) -> EnvironmentPlaces {
        let files = SystemFiles(top: top)
        let dropIns = unitFolders.flatMap { folder in
            files.names(in: folder, endingIn: ".service.d").map { folder.appending($0) }
        }
        return EnvironmentPlaces(files: [], folders: unitFolders + dropIns)
    }

    // MARK: - Names

    /// `bash(1)`, "INVOCATION": the first of these that is there.
    static let profiles = [".bash_profile", ".bash_login", ".profile"]
    static let profileFolder: FilePath = "/etc/profile.d"
    static let managerFile: FilePath = "/etc/systemd/system.conf"
    static let userManagerFile: FilePath = "/etc/systemd/user.conf"
    static let environmentFolder = "environment.d"
    static let managerFolder = "systemd/system.conf.d"
    static let userManagerFolder = "systemd/user.conf.d"
    static let unitFolders = folders("systemd/system")

    /// Where systemd looks for its configuration, the administrator's first.
    static func folders(_ name: String) -> [FilePath] {
        ["/etc", "/run", "/usr/local/lib", "/usr/lib"].map { FilePath($0).appending(name) }
    }
}
