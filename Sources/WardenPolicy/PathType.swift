internal import SystemPackage
internal import WardenModel
internal import WardenYAML

extension ValueType where Value == FilePath {
    /// Returns the type of an absolute path that stands for itself: nothing in it is expanded.
    static var path: ValueType {
        ValueType(schema: ["type": "string", "pattern": "^/", "maxLength": 4095]) { node, reading in
            guard let text = plainText(node, "a path", &reading, longest: 4095) else { return nil }
            guard let problem = problemOfPath(text) else { return FilePath(text).lexicallyNormalized() }
            reading.error("bad-path", at: node.mark, "\(problem.message); found \(node.found)", problem.good)
            return nil
        }
    }
}

/// Returns what is wrong with a path and a better one, or `nil` for a good one.
private func problemOfPath(_ text: String) -> (message: String, good: String?)? {
    if text.hasPrefix("~") {
        return ("'~' is not expanded: a path is absolute and the same for every user", "/var/cache/go-build")
    }
    if text.contains("$") || text.contains("{{") {
        return ("variables are not expanded: a path is absolute and stands for itself", "/var/cache/go-build")
    }
    guard text.hasPrefix("/") else {
        return ("a path is absolute, so that it does not depend on where the agent was started", "/\(shortened(text))")
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: true)
    if parts.contains("..") {
        return ("a path has no '..', which a symbolic link can send elsewhere", nil)
    }
    if let long = parts.first(where: { $0.utf8.count > 255 }) {
        return ("the part '\(shortened(String(long)))' is longer than the 255 bytes of a name", nil)
    }
    if text.contains("\n") { return ("a path has no line breaks", nil) }
    return nil
}

/// Which directories belong to the system or to a person, and are never a cache root.
enum ReservedPath {
    /// Not these themselves; below them is fine where `closed` does not say otherwise.
    private static let directories: Set<String> = [
        "/", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/var", "/usr/local",
        "/usr/src",
        "/usr/local/go", "/var/backups", "/var/cache", "/var/lib", "/var/local", "/var/lock", "/var/log", "/var/mail",
        "/var/opt", "/var/run", "/var/spool", "/var/tmp", "/var/www", "/run/lock", "/run/user", "/var/cache/apt",
        "/var/cache/cachewarden", "/var/log/cachewarden", "/lost+found",
    ]
    /// Neither these nor anything below them.
    private static let closed = [
        "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/usr/bin",
        "/usr/include", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/sbin", "/usr/share",
        "/var/lib/dpkg",
        "/var/lib/rpm", "/var/lib/systemd",
    ]

    /// Returns why a path cannot be a cache root, or `nil`.
    static func reason(_ path: FilePath) -> String? {
        let text = path.string
        if directories.contains(text) { return "'\(escapedForDisplay(text))' belongs to the system" }
        if let area = closed.first(where: { text == $0 || text.hasPrefix($0 + "/") }) {
            return "everything in '\(area)' belongs to the system"
        }
        let parts = path.components.map(\.string)
        let isHome = parts.count == 2 && parts[0] == "home" || parts.count == 3 && parts.starts(with: ["run", "user"])
        return isHome ? "'\(escapedForDisplay(text))' is a person's own directory" : nil
    }

    /// Whether a path stands in a folder where every user may make files.
    static func isTemporary(_ path: FilePath) -> Bool {
        ["/tmp", "/var/tmp", "/dev/shm", "/run/lock"].contains { path.starts(with: FilePath($0)) }
    }

    /// Whether a path stands in somebody's home, whose owner can replace every directory on the way.
    static func isInHome(_ path: FilePath) -> Bool {
        path.string.hasPrefix("/home/") || path.string.hasPrefix("/root/")
    }
}
