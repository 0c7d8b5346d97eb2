package import WardenModel

/// `trim.txt`: when Go last trimmed a cache, and so when it will do it again.
///
/// See `DiskCache.Trim` in <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cache/cache.go>.
package enum TrimFile {
    /// How long Go leaves a cache alone after a trim. Corresponds to `trimInterval`.
    package static let interval = Duration.seconds(24 * 3600)
    /// How far in the future a trim may lie before Go takes it for a wrong clock. Corresponds to `mtimeInterval`.
    package static let tolerance = Duration.seconds(3600)
    /// Go removes what has an older mtime than this. Corresponds to `trimLimit` and `mtimeInterval` together.
    package static let limit = Duration.seconds(5 * 24 * 3600 + 3600)

    /// Returns the time in the file, unix seconds in decimal, or `nil` where it holds anything else: Go then trims.
    package static func time(_ content: Span<UInt8>) -> Timestamp? {
        var start = 0
        var end = content.count
        while start < end, isBlank(content[start]) { start += 1 }
        while end > start, isBlank(content[end - 1]) { end -= 1 }
        guard let seconds = decimal(content.extracting(start..<end)) else { return nil }
        return Timestamp(seconds: seconds)
    }

    /// Whether Go would trim at the end of a build at `now`.
    package static func isTrimDue(last: Timestamp?, now: Timestamp) -> Bool {
        guard let last else { return true }
        // Compared in seconds, so that a hostile number cannot overflow a subtraction.
        let (age, overflows) = now.seconds.subtractingReportingOverflow(last.seconds)
        guard !overflows else { return true }
        return age >= interval.components.seconds || age <= -tolerance.components.seconds
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
