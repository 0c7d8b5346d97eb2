internal import FoundationEssentials
internal import SystemPackage
internal import WardenModel

/// One toolchain, as a plan's document spells it.
struct ToolchainForm: Codable {
    /// What stands at the path.
    struct Standing: Codable {
        let root: InodeIdentity
        let version: VersionForm
        let sha256: DigestForm?

        init(_ toolchain: StandingToolchain) {
            root = toolchain.root
            version = VersionForm(version: toolchain.version)
            sha256 = toolchain.archive.map(DigestForm.init)
        }

        var toolchain: StandingToolchain {
            StandingToolchain(root: root, version: version.version, archive: sha256?.digest)
        }
    }

    let policy: String
    let path: String
    let archive: String
    let mode: CachePlan.Mode
    let standing: Standing?
    let finding: Finding?
    /// Of the archive that is to be unpacked; `nil` where nothing is to be installed.
    let install: DigestForm?
    let sweep: Bool

    init(_ plan: ToolchainPlan) {
        policy = plan.policy
        path = plan.path.string
        archive = plan.archive.string
        mode = plan.mode
        standing = plan.standing.map(Standing.init)
        finding = plan.finding
        install = plan.installation.map { DigestForm(digest: $0.digest) }
        sweep = plan.needsSweep
    }

    var plan: ToolchainPlan {
        let (path, archive, standing) = (FilePath(path), FilePath(archive), standing?.toolchain)
        return ToolchainPlan(
            policy: policy, path: path, archive: archive, mode: mode, standing: standing, finding: finding,
            installation: install.map {
                ToolchainInstallation(path: path, archive: archive, digest: $0.digest, replaces: standing)
            }, needsSweep: sweep)
    }
}

/// A SHA-256 as 64 lower-case hexadecimal digits.
struct DigestForm: Codable {
    let digest: ArchiveDigest

    init(digest: ArchiveDigest) { self.digest = digest }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = ArchiveDigest(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "64 lower-case hexadecimal digits were expected")
        }
        self.digest = digest
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(digest.description)
    }
}

/// A Go version: `go1.27.3`.
struct VersionForm: Codable {
    let version: ToolchainVersion

    init(version: ToolchainVersion) { self.version = version }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let version = ToolchainVersion(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a Go version was expected")
        }
        self.version = version
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(version.text)
    }
}
