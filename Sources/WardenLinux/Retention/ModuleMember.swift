internal import Glibc
package import WardenModel

/// One part of a module version that is to go: its tree, or one of its download files.
package struct ModuleMember: Sendable {
    /// Below the cache root.
    package let path: [UInt8]
    /// What the plan speaks of; another one is kept.
    package let inode: UInt64
    package let isTree: Bool

    package init(path: [UInt8], inode: UInt64, isTree: Bool) {
        self.path = path
        self.inode = inode
        self.isTree = isTree
    }

    var directory: [UInt8] { path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[..<$0]) } ?? [] }
    var name: [UInt8] { path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[($0 + 1)...]) } ?? path }
}

/// What became of a module version.
package struct ModuleRemoval: Sendable {
    /// `.removed` where all of it went, with what was freed; else why it stays, or what is left of it.
    package let removal: Removal
    /// How many files went.
    package let files: Int
    package let freed: ByteCount

    init(_ removal: Removal, files: Int = 0, freed: ByteCount = .zero) {
        self.removal = removal
        self.files = files
        self.freed = freed
    }
}

/// The names of a version's files in its `@v` directory.
///
/// What is put aside has a name that cmd/go cleans away by itself, under the version's lock, when it next wants the
/// version: `<version>.zip*.tmp` (`downloadZip` in cmd/go/internal/modfetch/fetch.go).
struct ModuleName: Sendable {
    private static let suffixes = [".info", ".mod", ".zip", ".ziphash", ".lock", ".partial"]

    /// The escaped version: `v1.0.0`.
    let version: [UInt8]

    /// Finds the version in a download file's name; `nil` where no part of it says so.
    init?(in members: [ModuleMember]) {
        for member in members where !member.isTree {
            for suffix in Self.suffixes {
                let name = member.name
                guard name.count > suffix.utf8.count, name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) else {
                    continue
                }
                version = Array(name.dropLast(suffix.utf8.count))
                return
            }
        }
        return nil
    }

    /// Whether a file's name is the version's, and not that of `v1.0.0-rc.1` where the version is `v1.0.0-rc`.
    func owns(_ name: [UInt8]) -> Bool {
        guard name.starts(with: version) else { return false }
        let rest = String(decoding: name[version.count...], as: UTF8.self)
        // `.zip`, or `.zip123.tmp`
        return Self.suffixes.contains { suffix in
            rest == suffix
                || (rest.hasPrefix(suffix) && rest.hasSuffix(".tmp")
                    && !rest.dropFirst(suffix.count).dropLast(4).contains("."))
        }
    }

    var info: [UInt8] { version + Array(".info".utf8) }
    var mod: [UInt8] { version + Array(".mod".utf8) }
    var zip: [UInt8] { version + Array(".zip".utf8) }
    var ziphash: [UInt8] { version + Array(".ziphash".utf8) }
    var lock: [UInt8] { version + Array(".lock".utf8) }
    var partial: [UInt8] { version + Array(".partial".utf8) }
    var zipAside: [UInt8] { Self.aside(zip) }

    /// Returns the name under which a file of this name is put aside, or made ready.
    static func aside(_ name: [UInt8]) -> [UInt8] { name + Array("0cachewarden.tmp".utf8) }

    /// Returns where the version's tree stands, from where its download files stand; `nil` for another directory.
    func treePath(besides directory: [UInt8]) -> [UInt8]? {
        let (start, end) = (Array("cache/download/".utf8), Array("/@v".utf8))
        guard directory.starts(with: start), directory.suffix(end.count).elementsEqual(end) else { return nil }
        return directory.dropFirst(start.count).dropLast(end.count) + [UInt8(ascii: "@")] + version
    }
}
