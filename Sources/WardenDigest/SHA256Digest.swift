internal import WardenModel

/// The SHA-256 of some bytes (FIPS 180-4).
package struct SHA256Digest: Hashable, Sendable {
    /// How many bytes a digest has.
    package static let size = 32

    /// Exactly `size` bytes.
    package let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Returns the digest of bytes that are all there.
    package init(of bytes: [UInt8]) {
        self.init(of: bytes[...])
    }

    /// Returns the digest of bytes that are all there.
    package init(of bytes: ArraySlice<UInt8>) {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        self = hasher.finalize()
    }
}

extension SHA256Digest: CustomStringConvertible {
    /// Returns 64 lower-case hexadecimal digits, as `sha256sum(1)` prints them.
    package var description: String { hexadecimal(bytes) }
}
