package import SystemPackage
internal import WardenGoCache
internal import WardenLinux
package import WardenModel

/// Looks into a folder of a user's GOPATH for what is in the way of builds. No link is followed, and nothing is run.
package struct GopathObserver {
    private static let limit = ByteCount(262_144)
    /// `src/host/owner/repository`, and one folder below.
    private static let depth = 4
    /// Nobody has more by hand; a folder of a million others must not hold up a check.
    private static let mostFolders = 2_000
    /// Of `go tool dist list`, and those that it no longer knows.
    private static let systems: Set<String> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "nacl", "netbsd",
        "openbsd",
        "plan9", "solaris", "wasip1", "windows",
    ]

    private let top: FilePath

    /// - Parameter top: What stands for `/`.
    package init(top: FilePath) { self.top = top }

    /// - Parameter home: Its owner's home: what a `go.mod` names outside is not looked for.
    package func observe(_ path: FilePath, home: FilePath) -> GopathObservation {
        let packages = path.appending("pkg")
        let archives = names(in: packages).filter(Self.isPlatform).map { packages.appending($0) }
        var modules: [GopathObservation.Module] = []
        var folders = [(path: path.appending("src"), depth: 0)]
        var seen = 0
        while let folder = folders.popLast(), seen < Self.mostFolders {
            seen += 1
            let names = names(in: folder.path)
            if names.contains("go.mod"), let module = module(folder.path, home) {
                modules.append(module)
            } else if folder.depth < Self.depth {
                let below = names.filter { !$0.hasPrefix(".") && !$0.contains(".go") }
                folders += below.reversed().map { (folder.path.appending($0), folder.depth + 1) }
            }
        }
        return GopathObservation(path: path, archives: archives, modules: modules)
    }

    private func module(_ folder: FilePath, _ home: FilePath) -> GopathObservation.Module? {
        guard let content = read(folder.appending("go.mod")) else { return nil }
        let missing = LocalReplacements(parsing: content).all.filter { replacement in
            let target = folder.pushing(FilePath(replacement.folder)).lexicallyNormalized()
            return target.starts(with: home) && read(target.appending("go.mod")) == nil
        }
        return GopathObservation.Module(
            path: folder, missingReplacements: missing.map { "\($0.module) => \($0.folder)" })
    }

    /// Whether a name is that of a platform: `linux_amd64`, `linux_amd64_race`.
    private static func isPlatform(_ name: String) -> Bool {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        return words.count > 1 && systems.contains(String(words[0])) && !words[1].isEmpty
    }

    private func names(in folder: FilePath) -> [String] {
        // What is no folder, or cannot be listed, holds nothing that builds find.
        ((try? UserFile.names(in: folder, from: top)) ?? []).map { String(decoding: $0, as: UTF8.self) }
    }

    private func read(_ path: FilePath) -> [UInt8]? {
        // As above.
        (try? UserFile.read(path, from: top, limit: Self.limit)).flatMap { $0 }
    }
}
