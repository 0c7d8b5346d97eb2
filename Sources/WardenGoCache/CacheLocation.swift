package import SystemPackage
internal import WardenModel

/// Where a build with a given environment keeps its cache, and what says so.
///
/// Found as `DefaultDir` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cache/default.go> finds it: `GOCACHE` in the
/// environment, in the user's env file, in the toolchain's `go.env`; then `$XDG_CACHE_HOME/go-build` and
/// `$HOME/.cache/go-build`.
package struct CacheLocation: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// The variable `GOCACHE` itself.
        case environment
        /// A line `GOCACHE=…` in the file of `go env -w` or in a toolchain's `go.env`.
        case file(FilePath, line: Int)
        /// `go-build` below `$XDG_CACHE_HOME`.
        case cacheHome
        /// `.cache/go-build` below `$HOME`.
        case home
    }

    package let path: FilePath
    package let source: Source

    /// Returns the cache that a build with this environment uses.
    ///
    /// - Parameters:
    ///   - environment: The build's variables.
    ///   - toolchain: The `GOROOT` in use where it is known; Go 1.21 and newer read `go.env` in it.
    ///   - read: Returns a file's bytes, or `nil` where there is none or it cannot be read, which Go does not mind.
    package static func find(
        in environment: [String: String], toolchain: FilePath? = nil, reading read: (FilePath) -> [UInt8]?
    ) throws(CacheLocationError) -> CacheLocation {
        if let value = environment.nonEmpty("GOCACHE") { return try CacheLocation(value, from: .environment) }
        if let (setting, file) = setting(in: environment, toolchain: toolchain, reading: read), !setting.value.isEmpty {
            return try CacheLocation(setting.value, from: .file(file, line: setting.line))
        }
        if let directory = environment.nonEmpty("XDG_CACHE_HOME") {
            guard FilePath(directory).isAbsolute else { throw .relativeCacheHome(directory) }
            let path = FilePath(directory).appending("go-build").lexicallyNormalized()
            return CacheLocation(path: path, source: .cacheHome)
        }
        guard let home = environment.nonEmpty("HOME") else { throw .noHome }
        guard FilePath(home).isAbsolute else { throw .relativeHome(home) }
        return CacheLocation(path: FilePath(home).appending(".cache/go-build").lexicallyNormalized(), source: .home)
    }

    /// Returns what the env files say of GOCACHE. The user's file hides the toolchain's even where it sets nothing.
    private static func setting(
        in environment: [String: String], toolchain: FilePath?, reading read: (FilePath) -> [UInt8]?
    ) -> (EnvironmentFile.Setting, FilePath)? {
        for file in [EnvironmentFile.path(in: environment), toolchain?.appending("go.env")] {
            guard let file, let content = read(file),
                let setting = EnvironmentFile(parsing: content).settings["GOCACHE"]
            else { continue }
            return (setting, file)
        }
        return nil
    }

    private init(_ value: String, from source: Source) throws(CacheLocationError) {
        guard value != "off" else { throw .off(source) }
        guard FilePath(value).isAbsolute else { throw .relative(value, source) }
        self.init(path: FilePath(value), source: source)
    }

    private init(path: FilePath, source: Source) {
        self.path = path
        self.source = source
    }
}

extension CacheLocation.Source: CustomStringConvertible {
    /// Returns what decided, for a sentence like "GOCACHE is '/x' (set in the environment)".
    package var description: String {
        switch self {
        case .environment: "set in the environment"
        case .file(let file, let line): "set in '\(escapedForDisplay(file.string))', line \(line)"
        case .cacheHome: "the default below XDG_CACHE_HOME"
        case .home: "the default below HOME"
        }
    }
}

/// Why builds with an environment have no cache, and what would give them one.
package enum CacheLocationError: Error, Hashable, Sendable {
    case off(CacheLocation.Source)
    case relative(String, CacheLocation.Source)
    case relativeCacheHome(String)
    case relativeHome(String)
    case noHome
}

extension CacheLocationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .off(let source):
            "GOCACHE is 'off' (\(source)): since Go 1.12 every build needs a cache, and fails without one; "
                + "unset it or give an absolute path"
        case .relative(let value, let source):
            "GOCACHE is '\(escapedForDisplay(value))' (\(source)), which is not an absolute path: every build fails; "
                + "give a path that begins with '/'"
        case .relativeCacheHome(let value):
            "GOCACHE is not set and XDG_CACHE_HOME is '\(escapedForDisplay(value))', which is not an absolute path: "
                + "every build fails; give a path that begins with '/'"
        case .relativeHome(let value):
            "GOCACHE is not set and HOME is '\(escapedForDisplay(value))', which is not an absolute path: "
                + "each working directory would get a cache of its own; set GOCACHE to an absolute path"
        case .noHome:
            "GOCACHE is not set, and neither is XDG_CACHE_HOME nor HOME: every build fails; "
                + "that is what a systemd service or a bare cron job gets, so set GOCACHE in its environment"
        }
    }
}
