package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Looks at the places where policies want Go toolchains. Nothing is run, and nothing of an archive is read.
package struct ToolchainObserver {
    /// `VERSION` and the marker are two lines each.
    private static let longestFile = 4_096
    private let top: FilePath

    /// - Parameter top: What stands for `/`.
    package init(top: FilePath) { self.top = top }

    /// Returns what stands at a toolchain's path, and what the archive is.
    package func observe(_ path: FilePath, archive: FilePath) -> ToolchainObservation {
        var standing: ToolchainObservation.Standing
        var hasLeftovers = false
        do throws(FileError) {
            let place = try ToolchainPlace(of: path, below: top)
            standing = try look(at: place)
            let staged = try place.kind(of: .staged)
            let retired = try place.kind(of: .retired)
            hasLeftovers = staged != nil || retired != nil
        } catch {
            standing = .untrusted(error.description)
        }
        return ToolchainObservation(
            path: path, standing: standing, archivePath: archive, archive: look(at: archive),
            hasLeftovers: hasLeftovers)
    }

    private func look(at place: ToolchainPlace) throws(FileError) -> ToolchainObservation.Standing {
        switch try place.kind(of: .standing) {
        case nil: return .missing
        case .directory: break
        case .symbolicLink: return .other("a symbolic link")
        case .file: return .other("a file")
        default: return .other("neither a directory nor a file")
        }
        let tree = try place.tree(.standing)
        guard let content = try tree.beginning(of: RelativePath("VERSION"), Self.longestFile),
            let version = ToolchainVersion(versionFile: content),
            try tree.kind(of: RelativePath("bin/go")) == .file,
            try tree.kind(of: RelativePath("pkg/tool")) == .directory
        else { return .other("a directory without a Go toolchain") }
        let marker = try tree.beginning(of: RelativePath(ToolchainMarker.name), Self.longestFile)
            .flatMap(ToolchainMarker.init(parsing:))
        // A marker of another version was left by somebody who unpacked over it.
        let archive = marker?.version == version ? marker?.archive : nil
        return .toolchain(StandingToolchain(root: tree.identity, version: version, archive: archive))
    }

    private func look(at archive: FilePath) -> ToolchainObservation.Archive {
        do throws(FileError) {
            return .present(try PinnedArchive(archive.located(below: top), trusting: .rootAndCaller).size)
        } catch {
            return error.isMissing ? .missing : .unusable(error.description)
        }
    }
}
