/// What the agent leaves in the root of a toolchain that it has unpacked: from which archive it came.
///
/// Two lines: `sha256:` and 64 hexadecimal digits, and the version.
package struct ToolchainMarker: Hashable, Sendable {
    /// The file's name in the toolchain's root.
    package static let name = ".cachewarden-archive"
    private static let start = "sha256:"

    package let archive: ArchiveDigest
    package let version: ToolchainVersion

    package init(archive: ArchiveDigest, version: ToolchainVersion) {
        self.archive = archive
        self.version = version
    }

    /// Returns `nil` for anything but exactly what `bytes` writes: a marker that somebody has edited says nothing.
    package init?(parsing bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty, let first = String(validating: lines[0], as: UTF8.self),
            let second = String(validating: lines[1], as: UTF8.self), first.hasPrefix(Self.start),
            let archive = ArchiveDigest(String(first.dropFirst(Self.start.count))),
            let version = ToolchainVersion(second)
        else { return nil }
        self.init(archive: archive, version: version)
    }

    /// The file's whole content.
    package var bytes: [UInt8] { Array("\(Self.start)\(archive)\n\(version)\n".utf8) }
}
