package import WardenModel

extension ModuleVersion {
    /// Returns the version whose tree stands at a path; `nil` for another path.
    package init?(treePath: [UInt8]) {
        guard let at = treePath.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        self.init(escapedPath: treePath[..<at], escapedVersion: treePath[(at + 1)...])
    }

    /// Returns what is missing where these parts are there.
    ///
    /// Go downloads `.info` and `.mod` before the zip, writes the `.ziphash` before the zip gets its name, and unpacks
    /// the tree between making and removing `.partial` (`download`, `downloadZip` and `unzip` in
    /// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/modfetch/fetch.go>). `.info` and `.mod`
    /// without the zip are what module graphs need, and a zip that somebody removed to save room is missed by nobody. Of
    /// toolchains Go fetches the zip alone, of its own snapshots nothing at all.
    package func faults(of parts: ModuleParts) -> [ModuleFault] {
        if parts.contains(.partial) { return [.unfinished] }
        guard !isSnapshot, !parts.isDisjoint(with: [.zip, .tree]) else { return [] }
        if parts.isDisjoint(with: [.info, .mod, .zip, .ziphash, .lock]) { return [.noDownload] }
        var faults: [ModuleFault] = parts.contains(.ziphash) ? [] : [.noZiphash]
        guard parts.contains(.zip), !isToolchain else { return faults }
        if !parts.contains(.info) { faults.append(.noInfo) }
        if !parts.contains(.mod) { faults.append(.noMod) }
        return faults
    }
}
