internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel

/// The file with the counts of builds, `failed-builds.json` in the state directory.
struct BuildCountsFile: Sendable {
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
        let (found, warning) = try StateFile.read(path, parsing: BuildCounts.init(parsing:))
        var counts = found ?? BuildCounts()
        change(&counts)
        try writeAtomically(try counts.rendered(), to: path, mode: ModeBits(0o644))
        return warning
    }
}
