package import SystemPackage

/// Where a build with a given environment keeps its modules.
///
/// Found as `GOMODCACHE` and `gopathDir` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cfg/cfg.go> find it: `GOMODCACHE` in the
/// environment, in the user's env file, in the toolchain's `go.env`; then `pkg/mod` below the first directory of
/// `GOPATH`, which is found likewise and is `$HOME/go` by default.
package enum ModuleCacheLocation {
    /// Returns the module cache that a build with this environment uses.
    ///
    /// `nil` where a build that needs modules fails: nothing names a directory, or what names it is no absolute path.
    ///
    /// - Parameters:
    ///   - environment: The build's variables.
    ///   - toolchain: The `GOROOT` in use where it is known; Go 1.21 and newer read `go.env` in it.
    ///   - read: Returns a file's bytes, or `nil` where there is none or it cannot be read, which Go does not mind.
    package static func find(
        in environment: [String: String], toolchain: FilePath? = nil, reading read: (FilePath) -> [UInt8]?
    ) -> FilePath? {
        let files = [EnvironmentFile.path(in: environment), toolchain?.appending("go.env")].compactMap {
            $0.flatMap(read).map(EnvironmentFile.init(parsing:))
        }
        func value(_ name: String) -> String? {
            if let value = environment.nonEmpty(name) { return value }
            // The user's file hides the toolchain's even where it sets nothing.
            return files.lazy.compactMap { $0.settings[name]?.value }.first.flatMap { $0.isEmpty ? nil : $0 }
        }
        if let value = value("GOMODCACHE") { return absolute(value) }
        if let list = value("GOPATH") {
            let first = list.split(separator: ":", omittingEmptySubsequences: false).first.map { String($0) } ?? ""
            return absolute(first)?.appending("pkg/mod").lexicallyNormalized()
        }
        guard let home = environment.nonEmpty("HOME"), let path = absolute(home) else { return nil }
        let gopath = path.appending("go").lexicallyNormalized()
        // Go takes no GOPATH from a home whose `go` is the toolchain itself.
        guard gopath != toolchain?.lexicallyNormalized() else { return nil }
        return gopath.appending("pkg/mod")
    }

    private static func absolute(_ text: String) -> FilePath? {
        let path = FilePath(text)
        return path.isAbsolute ? path : nil
    }
}
