package import SystemPackage
package import WardenModel

/// Why an archive could not be unpacked.
package enum ArchiveError: Error, Hashable, Sendable {
    /// What it holds is refused.
    case refused(TarError)
    /// An entry is there a second time, or stands where another needs a directory.
    case collision(RelativePath, with: String)
    /// The infinitive and the path below the archive's root say what was tried.
    case entry(operation: String, RelativePath, Errno)
    case reading(Errno)
    /// What was read while it was unpacked is not what was read before.
    case changed
    case notStarted(FilePath, Errno)
    /// The decompressor did not end well; the text is what it said, or how it ended.
    case decompression(String)
    case timedOut
    case interrupted
}

extension ArchiveError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(let error): error.description
        case .collision(let path, let what): "the archive's entry 'go/\(path)' \(what)"
        case .entry(let operation, let path, let cause): "cannot \(operation) 'go/\(path)': \(cause)"
        case .reading(let cause): "cannot read the archive: \(cause)"
        case .changed: "the archive was changed while it was unpacked"
        case .notStarted(let program, let cause):
            "cannot run '\(escapedForDisplay(program.kernelBytes))': \(cause)"
        case .decompression(let complaint): "the archive cannot be decompressed: \(complaint)"
        case .timedOut: "unpacking took too long"
        case .interrupted: "interrupted"
        }
    }
}
