import SystemPackage
import WardenModel
import WardenTestSupport

/// A module cache in a test host's `/srv/cache`, made as cmd/go makes it, without its content.
struct ModuleCacheTree {
    static let root: FilePath = "root/srv/cache"
    static let size = 8_192

    /// What one version has.
    enum Shape {
        case unpacked
        /// Only what module graphs need: `.info` and `.mod`.
        case listed
    }

    /// Makes the directories and files that belong to no version.
    init(in host: borrowing TestHost) throws {
        try Self.makeDirectories("cache", in: host)
        for folder in ["cache/download", "cache/download/sumdb", "cache/vcs"] {
            try host.directory.makeDirectory(Self.path(folder))
        }
        for file in ["cache/lock", "cache/download/sumdb/latest", "cache/vcs/0123.info"] {
            try host.directory.write(Self.path(file), "x")
            try Self.age(host, file, days: 900)
        }
    }

    static func path(_ name: String) -> FilePath { root.pushing(FilePath(name)) }

    static func downloads(_ module: String) -> String { "cache/download/\(module)/@v" }

    /// Makes a version that was last used so many days ago; `module` is escaped.
    func add(_ module: String, _ version: String, days: Int, _ shape: Shape = .unpacked, in host: borrowing TestHost)
        throws
    {
        let folder = Self.downloads(module)
        try Self.makeDirectories(folder, in: host)
        let suffixes = shape == .unpacked ? ["info", "mod", "zip", "ziphash", "lock"] : ["info", "mod"]
        for suffix in suffixes {
            let name = "\(folder)/\(version).\(suffix)"
            try host.directory.write(Self.path(name), suffix == "lock" ? "" : "x")
            try Self.age(host, name, days: days)
        }
        let list = Self.path("\(folder)/list")
        try host.directory.write(list, "\(version)\n")
        guard shape == .unpacked else { return }
        let tree = "\(module)@\(version)"
        try Self.makeDirectories("\(tree)/sub/deep", in: host)
        for name in ["go.mod", "lib.go", "sub/a.go", "sub/deep/b.go"] {
            try host.directory.write(
                Self.path("\(tree)/\(name)"), Array(repeating: 7, count: Self.size), mode: ModeBits(0o444))
            try Self.age(host, "\(tree)/\(name)", days: days)
        }
        for name in ["sub/deep", "sub", ""] {
            try host.directory.setMode(Self.path(tree).pushing(FilePath(name)), ModeBits(0o555))
        }
    }

    static func age(_ host: borrowing TestHost, _ name: String, days: Int) throws {
        let moment = Timestamp(seconds: host.clock.now().seconds - Int64(days) * 86_400)
        try host.directory.setTimes(path(name), accessed: moment, modified: moment)
    }

    static func makeDirectories(_ name: String, in host: borrowing TestHost) throws {
        var path = root
        if try !host.directory.exists(root) { try host.directory.makeDirectory(root) }
        for component in FilePath(name).components {
            path.append(component)
            if try !host.directory.exists(path) { try host.directory.makeDirectory(path) }
        }
    }

    /// Everything that is no directory, below the cache.
    static func files(_ host: borrowing TestHost) throws -> [String] {
        try TreeSnapshot(of: host.cache).nodes.filter { $0.value.kind != .directory }.keys.map(\.description).sorted()
    }

    /// Which versions have a tree, a zip or any other part.
    static func parts(_ host: borrowing TestHost, of module: String, _ version: String) throws -> [String] {
        let nodes = try TreeSnapshot(of: host.cache).nodes.keys.map(\.description)
        return nodes.filter {
            $0.hasPrefix("\(module)@\(version)") || $0.hasPrefix("\(downloads(module))/\(version).")
        }.sorted()
    }
}
