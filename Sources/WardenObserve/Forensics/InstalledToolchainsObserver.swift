package import SystemPackage
internal import WardenGoCache
internal import WardenLinux
package import WardenModel

/// Finds the Go toolchains of a host where people and packages put them. Runs none, and believes what their `VERSION` says:
/// whoever forges one keeps entries, and nothing else.
package struct InstalledToolchainsObserver: Sendable {
    /// `VERSION` is two lines.
    private static let longestFile = ByteCount(4_096)
    /// More than anybody keeps in one folder.
    private static let folderLimit = 512

    /// Folders in which toolchains stand side by side: what Go's instructions, Debian, Fedora and administrators use.
    private static let systemFolders: [FilePath] = [
        "/usr/local", "/usr/lib", "/usr/local/lib", "/opt", "/opt/go", "/snap/go",
    ]
    /// Below a home: where `golang.org/dl` puts them, and where the `go` command does (`GOTOOLCHAIN`).
    private static let homeFolders: [FilePath] = ["sdk", "go/pkg/mod/golang.org"]

    private let top: FilePath

    /// - Parameter top: What stands for `/`.
    package init(top: FilePath) { self.top = top }

    /// Returns what is found.
    ///
    /// - Parameters:
    ///   - roots: Paths that are toolchains themselves, if there is anything.
    ///   - homes: Of users who build, on this machine's own disks.
    ///   - moduleCaches: Module caches beside those in the homes.
    package func toolchains(roots: [FilePath], homes: [FilePath], moduleCaches: [FilePath]) -> InstalledToolchains {
        var folders = Self.systemFolders
        for home in homes { folders += Self.homeFolders.map { home.pushing($0) } }
        folders += moduleCaches.map { $0.appending("golang.org") }
        var candidates = roots
        for folder in folders {
            // What cannot be listed has no toolchain that a build of this host could use.
            let names = (try? UserFile.names(in: folder, from: top)) ?? []
            candidates += names.filter(Self.isToolchainName).prefix(Self.folderLimit).compactMap { name in
                FilePath.Component(String(decoding: name, as: UTF8.self)).map { folder.appending($0) }
            }
            // A release of a snap is a number.
            if folder == "/snap/go" { candidates.append(folder.appending("current")) }
        }
        var seen: Set<FilePath> = []
        return InstalledToolchains(
            found: candidates.filter { seen.insert($0).inserted }.compactMap { path in
                version(of: path).map { .init(path: path, version: $0) }
            })
    }

    /// `go`, `go-1.24`, `go1.27.3`, `golang`, `toolchain@v0.0.1-go1.24.11.linux-amd64`, or a number.
    private static func isToolchainName(_ name: [UInt8]) -> Bool {
        name.starts(with: "go".utf8) || name.starts(with: "toolchain@".utf8)
            || name.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
    }

    private func version(of root: FilePath) -> String? {
        // As the type says: what is not readable here is no toolchain.
        guard let content = try? UserFile.read(root.appending("VERSION"), from: top, limit: Self.longestFile),
            let version = ToolchainVersion(versionFile: content)
        else { return nil }
        // Experiments stand behind a version, and the commit's time behind one in development.
        let words = version.text.split(separator: " ")
        return words.first == "devel" ? words.dropFirst().first.map(String.init) : words.first.map(String.init)
    }
}
