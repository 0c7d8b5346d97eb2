package import SystemPackage

/// A place where a policy wants a Go toolchain, and the archive that it is to come from, at one moment.
package struct ToolchainObservation: Hashable, Sendable {
    /// What stands at the path.
    package enum Standing: Hashable, Sendable {
        case missing
        case toolchain(StandingToolchain)
        /// Something else, which is never replaced: a file, a link, a directory without a toolchain. The text is a noun
        /// phrase for people.
        case other(String)
        /// Others than root and the caller have a say in what stands there. The text is a complaint for people.
        case untrusted(String)
    }

    /// The archive as a file; whether it is the right one only its digest tells, which is computed when it is unpacked.
    package enum Archive: Hashable, Sendable {
        case missing
        /// It is no regular file, or others can write to it. The text is a complaint for people.
        case unusable(String)
        case present(ByteCount)
    }

    package let path: FilePath
    package let standing: Standing
    package let archivePath: FilePath
    package let archive: Archive
    /// Whether something of an earlier run stands beside the path: a tree that was not finished, or one that was
    /// replaced while builds used it.
    package let hasLeftovers: Bool

    package init(
        path: FilePath, standing: Standing, archivePath: FilePath, archive: Archive, hasLeftovers: Bool = false
    ) {
        self.path = path
        self.standing = standing
        self.archivePath = archivePath
        self.archive = archive
        self.hasLeftovers = hasLeftovers
    }
}

/// A Go toolchain: a directory with `VERSION`, `bin/go` and `pkg/tool`.
package struct StandingToolchain: Hashable, Sendable {
    /// Its directory.
    package let root: InodeIdentity
    package let version: ToolchainVersion
    /// What the agent has unpacked it from; `nil` where somebody else has put it there.
    package let archive: ArchiveDigest?

    package init(root: InodeIdentity, version: ToolchainVersion, archive: ArchiveDigest?) {
        self.root = root
        self.version = version
        self.archive = archive
    }
}
