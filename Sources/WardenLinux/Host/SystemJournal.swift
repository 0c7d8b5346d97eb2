internal import CLinux
package import SystemPackage

/// Writes entries to systemd's journal.
package struct SystemJournal: Sendable {
    /// Where the journal listens, unless a test stands in for it.
    package static let usualSocket: FilePath = "/run/systemd/journal/socket"

    private let socket: FilePath

    package init(socket: FilePath = usualSocket) { self.socket = socket }

    /// Sends one entry: names in capitals, any bytes as values.
    ///
    /// Does not wait, and there is no answer: what the journal drops (rate limits, a full disk of its own) is not known
    /// here. Corresponds to `sd_journal_sendv(3)`. Throws `.noSuchFileOrDirectory` or `.connectionRefused` where no
    /// journal runs.
    package func send(_ fields: [(name: String, value: [UInt8])]) throws(Errno) {
        var entry: [UInt8] = []
        entry.reserveCapacity(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.count + 10 })
        for field in fields {
            entry += field.name.utf8
            if field.value.contains(UInt8(ascii: "\n")) {
                // A value with line breaks is led by its length, 64 bits, little-endian.
                entry.append(UInt8(ascii: "\n"))
                let count = UInt64(field.value.count)
                entry += (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            } else {
                entry.append(UInt8(ascii: "="))
            }
            entry += field.value
            entry.append(UInt8(ascii: "\n"))
        }
        let path = socket
        let result: Result<CInt, Errno> = unsafe path.withPlatformString { path in
            do throws(Errno) {
                return .success(
                    try retrying { unsafe clinux_send_journal(path, entry, entry.count) })
            } catch {
                return .failure(error)
            }
        }
        _ = try result.get()
    }
}
