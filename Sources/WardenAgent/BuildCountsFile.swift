internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// The file with the counts of builds, `failed-builds.json` in the state directory.
struct BuildCountsFile: Sendable {
    /// Far more than a thousand rows take.
    private static let limit = ByteCount(4 << 20)
    /// Each holder needs it for as long as two `fsync(2)` take; dozens of builds may end at once.
    private static let patience = Duration.seconds(10)

    let path: FilePath

    /// Reads the counts, changes them and writes them, with no other process in between.
    ///
    /// Returns a warning where the file was begun anew. Throws where the counts cannot be read or written.
    func update(_ change: (inout BuildCounts) -> Void) throws -> String? {
        let lock = path.removingLastComponent().appending("failed-builds.lock")
        guard let held = try RunLock.acquire(at: lock, waitingUpTo: Self.patience) else {
            throw AgentError.failed("cannot count the build: others hold the lock '\(lock)'", remedy: nil)
        }
        defer { withExtendedLifetime(held) {} }
        var (counts, warning) = try read()
        change(&counts)
        try writeAtomically(try counts.rendered(), to: path, mode: ModeBits(0o644))
        return warning
    }

    private func read() throws(FileError) -> (BuildCounts, warning: String?) {
        let content: [UInt8]
        do throws(FileError) {
            content = try TrustedFile.read(path, limit: Self.limit, trusting: .rootAndCaller)
        } catch {
            if error.isMissing { return (BuildCounts(), nil) }
            if case .system = error.reason { throw error }
            return (BuildCounts(), "\(error); counting begins anew")
        }
        if let counts = BuildCounts(parsing: content) { return (counts, nil) }
        let name = escapedForDisplay(path.string)
        return (BuildCounts(), "'\(name)' is damaged or another program's; counting begins anew")
    }
}
