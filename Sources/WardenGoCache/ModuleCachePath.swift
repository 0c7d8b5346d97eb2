/// What a path below a module cache is: which version it belongs to, and as what.
///
/// The names come from `DownloadDir`, `CachePath`, `lockVersion` and `tempFile` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/modfetch/cache.go>.
package enum ModuleCachePath: Hashable, Sendable {
    /// A file `cache/download/<module>/@v/<version>.…`.
    package enum Download: String, Hashable, Sendable, CaseIterable {
        case info, mod, zip, ziphash, lock
        /// Where it stands, Go takes the version's tree for not unpacked.
        case partial
        /// A temporary file whose maker did not live to rename it.
        case leftover = "tmp"
        /// What a run of the agent put aside and did not live to remove.
        case abandoned
    }

    /// A directory that may hold versions further down.
    case folder
    /// The directory of an unpacked version; also one of those that Go before 1.16 unpacked under a name of their own.
    case tree(ModuleVersion)
    /// What stands in such a directory.
    case content(ModuleVersion)
    case download(ModuleVersion, Download)
    /// What belongs to no version: lists of versions, `cache/lock`, `cache/vcs`, the checksum database.
    case bookkeeping
    /// Nothing that Go makes.
    case stranger

    /// - Parameter path: Below the module cache, without a slash at either end.
    package init(_ path: [UInt8], isDirectory: Bool) {
        let names = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard names.first.map({ Self.equals($0, "cache") }) != true else {
            self = Self.inCache(names.dropFirst(), isDirectory)
            return
        }
        guard let place = names.firstIndex(where: { $0.contains(UInt8(ascii: "@")) }) else {
            self = isDirectory && names.allSatisfy(ModuleVersion.isEscapedComponent) ? .folder : .stranger
            return
        }
        guard let version = Self.version(names[...place]) else {
            self = .stranger
            return
        }
        if place < names.count - 1 {
            self = .content(version)
        } else {
            self = isDirectory ? .tree(version) : .stranger
        }
    }

    /// Returns the version that a tree's path names.
    private static func version(_ names: ArraySlice<ArraySlice<UInt8>>) -> ModuleVersion? {
        let path = Array(names.joined(separator: [UInt8(ascii: "/")]))
        guard let at = path.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        var version = path[(at + 1)...]
        if let start = firstRange(of: ".tmp-", in: version) { version = version[..<start] }
        return ModuleVersion(escapedPath: path[..<at], escapedVersion: version)
    }

    private static func inCache(_ names: ArraySlice<ArraySlice<UInt8>>, _ isDirectory: Bool) -> ModuleCachePath {
        guard let first = names.first else { return isDirectory ? .folder : .stranger }
        guard equals(first, "download") else {
            return equals(first, "lock") || equals(first, "vcs") ? .bookkeeping : .stranger
        }
        let names = names.dropFirst()
        guard let host = names.first else { return isDirectory ? .folder : .stranger }
        if equals(host, "sumdb") { return .bookkeeping }
        guard let place = names.firstIndex(where: { equals($0, "@v") }) else {
            return isDirectory && names.allSatisfy(ModuleVersion.isEscapedComponent) ? .folder : .stranger
        }
        let module = Array(names[..<place].joined(separator: [UInt8(ascii: "/")]))
        guard ModuleVersion.isEscapedPath(module) else { return .stranger }
        let below = names[(place + 1)...]
        guard let name = below.first else { return isDirectory ? .folder : .stranger }
        guard below.count == 1, !isDirectory else { return .stranger }
        return download(name, of: module)
    }

    private static func download(_ name: ArraySlice<UInt8>, of module: [UInt8]) -> ModuleCachePath {
        if equals(name, "list") || begins(name, "list.") { return .bookkeeping }
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return .stranger }
        let suffix = name[(dot + 1)...]
        if equals(suffix, "tmp") {
            if begins(name, "list") { return .bookkeeping }
            let rest = name[..<dot]
            // `<version>.zip123456789.tmp`
            guard let dot = rest.lastIndex(of: UInt8(ascii: ".")),
                Download.allCases.contains(where: { begins(rest[(dot + 1)...], $0.rawValue) }),
                let version = ModuleVersion(escapedPath: module, escapedVersion: rest[..<dot])
            else { return .stranger }
            // The letters that the agent puts in the place of Go's digits (`ModuleName` in WardenLinux).
            let isOurs = rest.suffix(12).elementsEqual("0cachewarden".utf8)
            return .download(version, isOurs ? .abandoned : .leftover)
        }
        guard let part = Download(rawValue: String(decoding: suffix, as: UTF8.self)), part != .abandoned,
            let version = ModuleVersion(escapedPath: module, escapedVersion: name[..<dot])
        else { return .stranger }
        return .download(version, part)
    }

    private static func equals(_ name: ArraySlice<UInt8>, _ text: StaticString) -> Bool {
        name.count == text.utf8CodeUnitCount && begins(name, text)
    }

    private static func begins(_ name: ArraySlice<UInt8>, _ text: StaticString) -> Bool {
        begins(name, String(describing: text))
    }

    private static func begins(_ name: ArraySlice<UInt8>, _ text: String) -> Bool {
        name.starts(with: text.utf8)
    }

    private static func firstRange(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        let wanted = Array(text.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: wanted) }
    }
}
