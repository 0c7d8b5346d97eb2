internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// Whether one `go` command uses one cache, found as the command itself finds its cache.
struct CacheQuestion {
    let process: HostProcess
    /// What absolute paths mean to the one who asks.
    let view: HostProcess.FileView
    /// The cache's root, and where it is said to be.
    let root: InodeIdentity
    let path: FilePath
    /// Which of its caches is asked about: the build cache, or for `go-mod` the module cache.
    let layout: CacheLayout

    /// Returns `nil` only where it certainly does not.
    func answer() -> RunningBuild.Evidence? {
        // Paths mean something else in another mount namespace, or below another root directory.
        guard let environment = process.environment, process.view == view else { return .unknown }
        var settings = BuildSettings(process: process, environment: environment)
        guard layout != .goMod else {
            guard let location = settings.moduleCache() else { return settings.areCertain ? nil : .unknown }
            return settings.areCertain ? evidence(at: location) : .unknown
        }
        do throws(CacheLocationError) {
            let location = try settings.location()
            return settings.areCertain ? evidence(at: location.path) : .unknown
        } catch .relativeHome {
            // A directory below wherever each build was started.
            return .unknown
        } catch {
            return settings.areCertain ? nil : .unknown
        }
    }

    private func evidence(at location: FilePath) -> RunningBuild.Evidence? {
        // The path says enough, even where another directory has taken the root's place meanwhile.
        guard location != path else { return .usesCache }
        do throws(Errno) {
            return try reachedInode(at: location) == root ? .usesCache : nil
        } catch .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .fileNameTooLong {
            return nil
        } catch {
            return .unknown
        }
    }
}

/// What a `go` command's environment and env files say, and whether they are what it read itself when it began.
struct BuildSettings {
    let process: HostProcess
    let environment: [String: String]
    private(set) var areCertain: Bool

    /// What decides where the cache is.
    private static let names = [
        "GOCACHE", "GOMODCACHE", "GOPATH", "GOENV", "GOROOT", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME",
    ]

    /// - Parameter environment: The process's own.
    init(process: HostProcess, environment: [String: String]) {
        self.process = process
        self.environment = environment
        areCertain = !Self.names.contains { Self.isDamaged(environment[$0] ?? "") }
    }

    mutating func location() throws(CacheLocationError) -> CacheLocation {
        guard environment["GOCACHE", default: ""].isEmpty else {
            return try CacheLocation.find(in: environment) { _ in nil }
        }
        let files = files(deciding: ["GOCACHE"])
        let location = try CacheLocation.find(in: environment, toolchain: files.toolchain, reading: files.content)
        if Self.isDamaged(location.path.string) { areCertain = false }
        return location
    }

    /// Returns its build cache and what sets it: `off` where it has none.
    mutating func cache() -> EffectiveVariable {
        do throws(CacheLocationError) {
            let location = try location()
            return EffectiveVariable(location.path.string, .standard(location.source.description))
        } catch {
            return EffectiveVariable("off", .standard(error.description))
        }
    }

    /// Returns where its modules are, or `nil` where it has no place for them.
    mutating func moduleCache() -> FilePath? {
        guard environment["GOMODCACHE", default: ""].isEmpty else {
            return ModuleCacheLocation.find(in: environment) { _ in nil }
        }
        let files = files(deciding: ["GOMODCACHE", "GOPATH"])
        let location = ModuleCacheLocation.find(
            in: environment, toolchain: files.toolchain, reading: files.content)
        if Self.isDamaged(location?.string ?? "") { areCertain = false }
        return location
    }

    /// The env files of the user and of the toolchain, as they are now.
    private struct Files {
        let user: FilePath?
        let userContent: [UInt8]?
        let toolchain: FilePath?
        let preset: [UInt8]?

        func content(_ file: FilePath) -> [UInt8]? { file == user ? userContent : preset }
    }

    private mutating func files(deciding names: [String]) -> Files {
        let file = EnvironmentFile.path(in: environment)
        let content = file.flatMap { read($0) }
        let settings = content.map { EnvironmentFile(parsing: $0).settings } ?? [:]
        let toolchain = toolchain(settings["GOROOT"]?.value)
        let preset = toolchain.flatMap { read($0.appending("go.env")) }
        // A toolchain that cannot be found may set anything that the user does not.
        if toolchain == nil, !names.contains(where: { settings[$0] != nil }) { areCertain = false }
        return Files(user: file, userContent: content, toolchain: toolchain, preset: preset)
    }

    /// Returns a settings file's content, or `nil` where there is none, or Go could not read it either.
    private mutating func read(_ file: FilePath) -> [UInt8]? {
        // Each build reads a relative one below its own working directory.
        guard file.isAbsolute else { return uncertain() }
        guard file != "/dev/null" else { return [] }
        do throws(FileError) {
            let setting = try SettingFile(at: file, limit: ByteCount(1 << 20))
            // The build may have read what was there before.
            if setting.changedAt >= process.startedAt { areCertain = false }
            return setting.content
        } catch {
            switch error.reason {
            case .system(.noSuchFileOrDirectory), .system(.notDirectory), .system(.tooManySymbolicLinkLevels),
                .system(.fileNameTooLong), .notRegular(.directory):
                return nil
            default: return uncertain()
            }
        }
    }

    /// Returns the toolchain's `GOROOT`, as `findGOROOT` in
    /// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cfg/cfg.go> finds it; `nil` where it is
    /// known to the command alone.
    private func toolchain(_ setting: String?) -> FilePath? {
        for value in [setting, environment["GOROOT"]] {
            guard let value, !value.isEmpty else { continue }
            let root = FilePath(value).lexicallyNormalized()
            return root.isAbsolute ? root : nil
        }
        guard case .file(let executable) = process.program.executable else { return nil }
        let folder = executable.removingLastComponent()
        // `bin`, or `bin/GOOS_GOARCH` (golang.org/issue/62119).
        return [folder.removingLastComponent(), folder.removingLastComponent().removingLastComponent()].first {
            // Whatever cannot be looked at is not known to be one.
            (try? reachedInode(at: $0.appending("pkg/tool"))) != nil
        }
    }

    private mutating func uncertain() -> [UInt8]? {
        areCertain = false
        return nil
    }

    /// U+FFFD stands for bytes that are no UTF-8; which they were, nobody knows any more.
    private static func isDamaged(_ text: String) -> Bool { text.unicodeScalars.contains("\u{fffd}") }
}
