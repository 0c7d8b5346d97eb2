package import SystemPackage
package import WardenLinux
package import WardenModel

/// Puts a toolchain at its path as its archive has it, so that builds never see anything but a whole one.
///
/// It is unpacked beside the path, its `go` is asked for its version, and then the two are exchanged in one step, while
/// the kernel's lease says that nobody runs the one that stands there. What was replaced goes once nobody runs it any
/// more. The article Toolchains says what a killed run leaves, and what the next makes of it.
package struct ToolchainInstaller {
    /// How long things may take.
    package struct Limits: Sendable {
        /// All of the unpacking.
        package var unpacking = Duration.seconds(1_800)
        /// The `go` that is asked for its version.
        package var version = Duration.seconds(60)
        /// How long builds are waited for.
        package var exchange = Duration.seconds(600)
        /// From the exchange to the first look whether the old toolchain may go: a process that has found its `go` by name
        /// has run it by then.
        package var grace = Duration.seconds(1)

        package init() {}
    }

    private let top: FilePath
    private let limits: Limits
    private let hash: any ContentHash
    private let isInterrupted: () -> Bool

    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - hash: SHA-256; used by one installation at a time.
    ///   - isInterrupted: Whether the run is to end; asked all the time.
    package init(
        top: FilePath, hash: any ContentHash, limits: Limits = Limits(),
        isInterrupted: @escaping () -> Bool = { Interruption.isPending }
    ) {
        self.top = top
        self.hash = hash
        self.limits = limits
        self.isInterrupted = isInterrupted
    }

    /// Carries out an installation. Everything that comes of it is an outcome.
    package func install(_ installation: ToolchainInstallation) -> ToolchainOutcome {
        do throws(InstallationStop) {
            return .installed(try attempt(installation))
        } catch {
            return error.outcome
        }
    }

    /// Removes what earlier runs have left beside a path; `.inUse` where builds still run what was replaced.
    package func sweep(_ path: FilePath) -> ToolchainSweep {
        do throws(FileError) {
            let place = try ToolchainPlace(of: path, below: top)
            let isEmpty = try sweep(place)
            return isEmpty ? .clean : .inUse
        } catch {
            return .failed(error.description)
        }
    }

    private func sweep(_ place: ToolchainPlace) throws(FileError) -> Bool {
        let hasNoStaged = try place.remove(.staged)
        return try place.remove(.retired) && hasNoStaged
    }

    // MARK: - Steps

    private func attempt(_ installation: ToolchainInstallation) throws(InstallationStop) -> ToolchainVersion {
        let place = try stopping { () throws(FileError) in
            try ToolchainPlace(of: installation.path, below: top)
        }
        try recheck(installation, in: place)
        // A toolchain that was replaced earlier and is still run has the name that this one would need.
        guard try stopping({ () throws(FileError) in try sweep(place) }) else { throw .inUse }
        let archive = try openArchive(installation)
        let staged = try stopping { () throws(FileError) in try place.makeStaged() }
        do throws(InstallationStop) {
            let version = try prepare(staged, from: archive, installation, in: place)
            try exchange(installation, in: place)
            finish(installation, in: place)
            return version
        } catch {
            // The first error is the one to tell; what stays is swept by the next run.
            try? place.removeUnused(staged)
            throw error
        }
    }

    /// Throws unless what stands there is what the installation is to replace.
    private func recheck(_ installation: ToolchainInstallation, in place: ToolchainPlace) throws(InstallationStop) {
        let kind = try stopping { () throws(FileError) in try place.kind(of: .standing) }
        guard kind != nil || installation.replaces != nil else { return }
        guard kind == .directory else { throw .replaced }
        let standing = try stopping { () throws(FileError) in try place.tree(.standing) }
        guard standing.identity != installation.replaces?.root else { return }
        let marker = try stopping { () throws(FileError) in
            try standing.beginning(of: RelativePath(ToolchainMarker.name), 4_096)
        }
        throw marker.flatMap(ToolchainMarker.init(parsing:))?.archive == installation.digest ? .unchanged : .replaced
    }

    private func openArchive(_ installation: ToolchainInstallation) throws(InstallationStop) -> PinnedArchive {
        let archive = try stopping { () throws(FileError) in
            try PinnedArchive(installation.archive.located(below: top), trusting: .rootAndCaller)
        }
        let digest: ArchiveDigest
        do throws(ArchiveError) {
            digest = try archive.digest(by: hash, isInterrupted: isInterrupted)
        } catch {
            throw InstallationStop(error)
        }
        guard digest == installation.digest else {
            throw .failed(
                "'\(escapedForDisplay(installation.archive.description))' has the SHA-256 \(digest), "
                    + "and the policy wants \(installation.digest)")
        }
        return archive
    }

    /// Unpacks an archive and finds out that it holds a toolchain that runs; it is on the disk then, with its marker.
    private func prepare(
        _ staged: ToolchainTree, from archive: borrowing PinnedArchive, _ installation: ToolchainInstallation,
        in place: ToolchainPlace
    ) throws(InstallationStop) -> ToolchainVersion {
        let unpacking = ArchiveDecompression(limit: limits.unpacking, isInterrupted: isInterrupted)
        let directory = try stopping { () throws(FileError) in try staged.open() }
        do throws(ArchiveError) {
            try unpacking.unpack(archive, expecting: installation.digest, hash: hash, into: directory)
        } catch {
            throw InstallationStop(error)
        }
        let file = try stopping { () throws(FileError) in try staged.beginning(of: RelativePath("VERSION"), 4_096) }
        guard let version = file.flatMap(ToolchainVersion.init(versionFile:)) else {
            throw .failed("the archive holds no Go toolchain: it has no 'go/VERSION' that names a Go version")
        }
        try stopping { () throws(FileError) in try staged.setMode(ModeBits(0o755)) }
        let question = ToolchainQuestion(
            go: place.path(.staged).appending("bin/go"), identity: try unprivileged(), limit: limits.version)
        let answer = try question.version(isInterrupted: isInterrupted)
        guard answer == version else {
            throw .failed("the archive's 'go/VERSION' says \(version), and its 'go version' says \(answer)")
        }
        try stopping { () throws(FileError) in
            try staged.write(
                ToolchainMarker(archive: installation.digest, version: version).bytes, to: ToolchainMarker.name)
            try staged.synchronize()
        }
        return version
    }

    /// Root has nobody do what needs no rights; everybody else can only do it alone.
    private func unprivileged() throws(InstallationStop) -> ChildIdentity {
        do throws(Errno) {
            return try ChildIdentity.unprivileged()
        } catch {
            throw .failed("cannot find out who runs this process: \(error)")
        }
    }

    private func exchange(_ installation: ToolchainInstallation, in place: ToolchainPlace) throws(InstallationStop) {
        guard !isInterrupted() else { throw .interrupted }
        guard let replaced = installation.replaces else {
            return try stopping { () throws(FileError) in try place.place() }
        }
        let standing = try stopping { () throws(FileError) in try place.tree(.standing) }
        let deadline = ContinuousClock.now + limits.exchange
        var pause = Duration.milliseconds(5)
        while true {
            switch try stopping({ () throws(FileError) in try exchangeOnce(standing, replaced, in: place) }) {
            case .done: return
            case .replaced: throw .replaced
            case .asked: break
            }
            guard !isInterrupted() else { throw .interrupted }
            guard ContinuousClock.now < deadline else { throw .inUse }
            BackgroundThread.sleep(pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    private func exchangeOnce(
        _ standing: ToolchainTree, _ replaced: StandingToolchain, in place: ToolchainPlace
    ) throws(FileError) -> ToolchainPlace.Exchange {
        guard let lease = try standing.lease() else { return .asked }
        return try place.exchange(replaced.root, holding: lease)
    }

    /// What is left to do once the new toolchain stands. None of it can make the installation fail.
    private func finish(_ installation: ToolchainInstallation, in place: ToolchainPlace) {
        // After a power cut either toolchain may stand there, and both are whole.
        try? place.synchronize()
        guard installation.replaces != nil else { return }
        BackgroundThread.sleep(limits.grace)
        // What cannot go now is seen and swept by the next run.
        _ = try? sweep(place)
    }

    private func stopping<Result: ~Copyable>(
        _ body: () throws(FileError) -> Result
    ) throws(InstallationStop) -> Result {
        do throws(FileError) { return try body() } catch { throw .failed(error.description) }
    }
}
