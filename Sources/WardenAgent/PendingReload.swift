internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Which running managers have not yet been told of their new configuration.
///
/// It is noted before the first file changes, in a folder that a reboot empties: a run that is killed between the file
/// and the telling leaves it to the next, and managers that start anew have read the files anyway.
struct PendingReload {
    var forms: Set<DeliveryForm>
    private let path: FilePath

    /// Reads what an earlier run has left; `nil` where no manager runs that this process could tell.
    init?(in surroundings: Surroundings) throws(FileError) {
        guard surroundings.isSystemWide, surroundings.top == FilePath("/"), let lock = surroundings.lock else {
            return nil
        }
        // sd_booted(3)
        guard try TrustedFile.kind(of: "/run/systemd/system", trusting: .root) == .directory else { return nil }
        path = lock.removingLastComponent().appending("reload-pending")
        do throws(FileError) {
            let text = try TrustedFile.read(path, limit: ByteCount(4096), trusting: .root)
            let words = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            forms = Set(words.compactMap { DeliveryForm(rawValue: String($0)) })
        } catch {
            guard error.isMissing else { throw error }
            forms = []
        }
    }

    func save() throws(FileError) {
        let words = forms.map(\.rawValue).sorted().joined(separator: "\n")
        try TrustedFile.write(Array((words + "\n").utf8), to: path, mode: ModeBits(0o600), trusting: .root)
    }

    func remove() throws(FileError) { try TrustedFile.remove(path, trusting: .root) }
}
