internal import SystemPackage
internal import WardenModel

/// Directories that are no cache, whatever a policy says (threat-model.md, TH7).
enum SystemDirectories {
    /// Trees in which nothing may be a cache root.
    private static let trees = ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "sys", "usr"]
    /// Directories that hold other people's directories.
    private static let places = [
        "/", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/var", "/var/cache", "/var/lib",
        "/var/log", "/var/opt", "/var/spool", "/var/tmp",
    ]

    /// Returns why a path cannot be a cache root; `nil` where nothing speaks against its name.
    static func reason(against path: FilePath) -> String? {
        let names = path.components.map(\.string)
        let text = "'\(escapedForDisplay(path.description))'"
        guard path.isAbsolute else { return "\(text) is not absolute" }
        guard let first = names.first, !places.contains("/" + names.joined(separator: "/")) else {
            return "\(text) is a directory of the system"
        }
        guard !names.contains("..") else { return "\(text) has a '..'" }
        // Toolchains and caches below /usr/local are the administrator's own.
        if trees.contains(first), !(first == "usr" && names.count > 2 && names[1] == "local") {
            return "\(text) is inside '/\(first)', which belongs to the system"
        }
        if first == "home", names.count == 2 { return "\(text) is a home directory" }
        return nil
    }
}
