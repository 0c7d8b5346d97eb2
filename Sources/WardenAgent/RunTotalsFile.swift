internal import FoundationEssentials
internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenReport

/// The file with what all runs have done so far, `totals.json` in the state directory. Whoever updates it holds the
/// run's lock.
struct RunTotalsFile {
    let path: FilePath

    /// Adds a run and returns the sums. A run that is killed before loses its own part: its audit records are there.
    ///
    /// Returns a note where counting begins anew, which Prometheus takes for a restart. Throws where the file cannot be
    /// read or written.
    func add(_ report: RunReport) throws -> (totals: RunTotals, note: String?) {
        let (found, note) = try StateFile.read(path, parsing: Self.parse)
        var totals = found ?? RunTotals()
        totals.add(report)
        try TrustedFile.write(
            JSONText.encode(totals), to: path, mode: ModeBits(0o644), folders: ModeBits(0o755),
            trusting: .rootAndCaller)
        return (totals, note)
    }

    private static func parse(_ content: [UInt8]) -> RunTotals? {
        // What is wrong with it does not matter: it is begun anew either way.
        guard let totals = try? JSONDecoder().decode(RunTotals.self, from: Data(content)),
            totals.schema == RunTotals.schema
        else { return nil }
        return totals
    }
}
