package import SystemPackage

/// One toolchain to be unpacked and put at its path.
package struct ToolchainInstallation: Hashable, Sendable {
    package let path: FilePath
    package let archive: FilePath
    /// What the archive must have; nothing of it is unpacked otherwise.
    package let digest: ArchiveDigest
    /// The toolchain that is replaced; `nil` where nothing may stand there.
    package let replaces: StandingToolchain?

    package init(path: FilePath, archive: FilePath, digest: ArchiveDigest, replaces: StandingToolchain?) {
        self.path = path
        self.archive = archive
        self.digest = digest
        self.replaces = replaces
    }
}

/// What became of an installation. But for `installed`, what stood at the path stands there still.
package enum ToolchainOutcome: Hashable, Sendable {
    case installed(ToolchainVersion)
    /// Another run was faster: the toolchain at the path comes from the wanted archive.
    case unchanged
    /// Builds ran all the time, and none is ever disturbed: the next run tries again.
    case inUse
    /// A signal asked the run to end.
    case interrupted
    /// The text is a complaint for people.
    case failed(String)
}
