/// The SHA-256 by which a policy pins an archive.
package struct ArchiveDigest: Hashable, Sendable {
    /// How many bytes a digest has.
    package static let size = 32

    /// Exactly `size` bytes.
    package let bytes: [UInt8]

    /// Returns `nil` for anything but 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// Returns the digest that 64 lower-case hexadecimal digits spell, as `sha256sum(1)` prints them; else `nil`.
    package init?(_ text: String) {
        guard let bytes = bytesOfHexadecimal(text), hexadecimal(bytes) == text else { return nil }
        self.init(bytes: bytes)
    }
}

extension ArchiveDigest: CustomStringConvertible {
    /// Returns 64 lower-case hexadecimal digits.
    package var description: String { hexadecimal(bytes) }
}
