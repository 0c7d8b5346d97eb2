package import SystemPackage
package import WardenModel

/// What the `go` command takes its variables for, from the environment it is started in and the files it reads.
///
/// The environment first, if the variable is not empty; then GOENV's file, then the toolchain's `go.env` (since Go 1.21),
/// then what Go makes up: `go help environment`, and `EnvOrAndChanged` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cfg/cfg.go>.
package struct GoEnvironment: Sendable {
    /// A file with settings, and its path.
    package struct Source: Sendable {
        package let path: FilePath
        package let file: EnvironmentFile

        package init(path: FilePath, file: EnvironmentFile) {
            self.path = path
            self.file = file
        }
    }

    private let environment: [String: EffectiveVariable]
    private let own: Source?
    private let toolchain: Source?

    /// - Parameters:
    ///   - own: GOENV's file; `nil` where there is none, or GOENV is `off`.
    ///   - toolchain: The `go.env` of the toolchain.
    package init(environment: [String: EffectiveVariable], own: Source?, toolchain: Source?) {
        self.environment = environment
        self.own = own
        self.toolchain = toolchain
    }

    package subscript(variable: GoVariable) -> EffectiveVariable {
        let name = variable.rawValue
        if let set = environment[name], set.value != "" { return set }
        // No file can say which file it is.
        guard variable != .environmentFile else { return standard(variable) }
        if let own, let set = own.file.settings[name] {
            // The user's file hides the toolchain's even where it sets nothing.
            guard !set.value.isEmpty else { return standard(variable) }
            return EffectiveVariable(set.value, .goEnvironmentFile(own.path, line: set.line))
        }
        if let toolchain, let set = toolchain.file.settings[name], !set.value.isEmpty {
            return EffectiveVariable(set.value, .toolchain(toolchain.path, line: set.line))
        }
        return standard(variable)
    }

    private func standard(_ variable: GoVariable) -> EffectiveVariable {
        switch variable {
        case .cache:
            folder("XDG_CACHE_HOME", or: ".cache", "go-build")
                ?? EffectiveVariable("off", .standard("neither HOME nor XDG_CACHE_HOME"))
        case .environmentFile:
            folder("XDG_CONFIG_HOME", or: ".config", "go/env")
                ?? EffectiveVariable("", .standard("neither HOME nor XDG_CONFIG_HOME"))
        case .path: home { "\($0)/go" } ?? EffectiveVariable("", .standard("no HOME"))
        case .moduleCache: moduleCache
        case .toolchain: EffectiveVariable("auto", .standard("the toolchain"))
        case .flags, .cacheProgram, .moduleMode: EffectiveVariable("", .standard("not set"))
        }
    }

    private var moduleCache: EffectiveVariable {
        let path = self[.path]
        guard let list = path.value else { return EffectiveVariable(nil, .standard("GOPATH")) }
        let first = list.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        return first.isEmpty
            ? EffectiveVariable("", .standard("no GOPATH")) : EffectiveVariable(first + "/pkg/mod", .standard("GOPATH"))
    }

    /// Returns a name in an XDG folder. Corresponds to `os.UserCacheDir` and `os.UserConfigDir`, to which a relative one
    /// is an error.
    private func folder(_ variable: String, or name: String, _ rest: String) -> EffectiveVariable? {
        guard let set = environment[variable], set.value != "" else {
            return home { "\($0)/\(name)/\(rest)" }
        }
        guard let value = set.value else { return EffectiveVariable(nil, .standard(variable)) }
        return value.hasPrefix("/") ? EffectiveVariable("\(value)/\(rest)", .standard(variable)) : nil
    }

    private func home(_ path: (String) -> String) -> EffectiveVariable? {
        guard let home = environment["HOME"], home.value != "" else { return nil }
        return EffectiveVariable(home.value.map(path), .standard("HOME"))
    }
}
