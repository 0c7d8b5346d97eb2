internal import FoundationEssentials
internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// The file with what all runs have done so far, `totals.json` in the state directory. Whoever updates it holds the
/// run's lock.
struct RunTotalsFile {
    /// Far more than a thousand caches take.
    private static let limit = ByteCount(4 << 20)

    let path: FilePath

    /// Adds a run and returns the sums. A run that is killed before loses its own part: its audit records are there.
    ///
    /// Returns a note where counting begins anew, which Prometheus takes for a restart. Throws where the file cannot be
    /// read or written.
    func add(_ report: RunReport) throws -> (totals: RunTotals, note: String?) {
        var (totals, note) = try read()
        totals.add(report)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        let content = try Array(encoder.encode(totals)) + [UInt8(ascii: "\n")]
        try TrustedFile.write(
            content, to: path, mode: ModeBits(0o644), folders: ModeBits(0o755), trusting: .rootAndCaller)
        return (totals, note)
    }

    private func read() throws(FileError) -> (RunTotals, note: String?) {
        let content: [UInt8]
        do throws(FileError) {
            content = try TrustedFile.read(path, limit: Self.limit, trusting: .rootAndCaller)
        } catch {
            if error.isMissing { return (RunTotals(), nil) }
            if case .system = error.reason { throw error }
            return (RunTotals(), "\(error); counting begins anew")
        }
        // What is wrong with it does not matter: it is begun anew either way.
        guard let totals = try? JSONDecoder().decode(RunTotals.self, from: Data(content)),
            totals.schema == RunTotals.schema
        else {
            return (
                RunTotals(), "'\(escapedForDisplay(path.string))' is damaged or another program's; counting begins anew"
            )
        }
        return (totals, nil)
    }
}
