internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Files that only root can have made, below what stands for `/`.
struct SystemFiles {
    private static let limit = ByteCount(262_144)
    private let top: FilePath

    init(top: FilePath) { self.top = top }

    /// Returns a file's bytes; `nil` where there is none or it cannot be read.
    func bytes(_ path: FilePath) -> [UInt8]? {
        // A file that nobody but root can have made says nothing where it is not there.
        try? readFile(located(path), limit: Self.limit)
    }

    func text(_ path: FilePath) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

    /// Returns the names in a folder that end so, in their order.
    func names(in folder: FilePath, endingIn suffix: String) -> [String] {
        // As above: a folder that cannot be listed has no files.
        let names = ((try? UserFile.names(in: folder, from: top)) ?? []).map { String(decoding: $0, as: UTF8.self) }
        return names.filter { $0.hasSuffix(suffix) }
    }

    /// Returns the files of several folders together, by name; of one name the folder that comes first counts.
    ///
    /// As systemd reads drop-ins: `systemd.unit(5)`, `systemd-system.conf(5)`, `environment.d(5)`.
    func merged(_ folders: [FilePath], endingIn suffix: String) -> [(name: String, path: FilePath)] {
        var found: [String: FilePath] = [:]
        for folder in folders {
            for name in names(in: folder, endingIn: suffix) where found[name] == nil {
                found[name] = folder.appending(name)
            }
        }
        return found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }

    func located(_ path: FilePath) -> FilePath { path.located(below: top) }
}
