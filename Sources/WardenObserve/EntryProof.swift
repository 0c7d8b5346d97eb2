package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// One thread's way to tell Go's own files from others by what they hold.
///
/// An output's name is its SHA-256. An action repeats its name and says nothing but hashes, a size and a time. The files
/// beside the shards, and the inputs of fuzz tests, begin as cmd/go writes them: `cache.Open`, `cache.Trim` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cache/cache.go>, `marshalCorpusFile` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/internal/fuzz/encoding.go>.
package final class EntryProof: ContentProof {
    private static let readme = Array("This directory holds cached build artifacts from the Go build system.\n".utf8)
    private static let readmeLimit = 512
    private static let corpus = Array("go test fuzz v1\n".utf8)
    /// `trim.txt` and `testexpire.txt` are one decimal number.
    private static let numberLimit = 32

    private let isInterrupted: @Sendable () -> Bool
    private var hasher = OutputHasher()

    /// - Parameter isInterrupted: Whether the run is to end; asked while a file is read.
    package init(isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }) {
        self.isInterrupted = isInterrupted
    }

    package func holds(
        for file: borrowing OwnedDescriptor, role: EntryRole, name: ArraySlice<UInt8>, in directory: RelativePath
    ) throws(Errno) -> Bool {
        switch role {
        case .output: return try hasHash(of: Array(name), file)
        case .executable: return try hasHash(of: directory.split.name, file)
        case .action:
            let content = try file.beginning(ActionEntry.length + 1)
            guard let hash = EntryHash(entryName: Array(name).span) else { return false }
            return (try? ActionEntry(parsing: content.span, named: hash)) != nil  // Damaged is not what it says.
        case .bookkeeping: return try isBookkeeping(file)
        case .fuzz: return try file.beginning(Self.corpus.count) == Self.corpus
        // Their names say nothing of what they hold: who shares such a tree trusts its members with its files.
        case .plain: return true
        case .shard, .executableDirectory, .system, .stranger: return false
        }
    }

    private func hasHash(of name: [UInt8], _ file: borrowing OwnedDescriptor) throws(Errno) -> Bool {
        guard EntryHash(entryName: name.span) != nil else { return false }
        guard try hasher.read(file, upTo: .max, goesOn: { _ in !isInterrupted() }) else { throw .interrupted }
        return hasher.mismatch(with: name.span) == nil
    }

    private func isBookkeeping(_ file: borrowing OwnedDescriptor) throws(Errno) -> Bool {
        let content = try file.beginning(Self.readmeLimit + 1)
        if content.starts(with: Self.readme) { return content.count <= Self.readmeLimit }
        let digits = content.last == UInt8(ascii: "\n") ? content.dropLast() : content[...]
        return digits.count <= Self.numberLimit && digits.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
    }
}
