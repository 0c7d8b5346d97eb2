internal import SystemPackage
package import WardenModel

/// The SHA-256 of bytes that come one after the other. This module reads files, and knows no algorithm.
package protocol ContentHash: AnyObject {
    /// Adds bytes.
    func update(_ bytes: borrowing Span<UInt8>)
    /// Returns the digest of what was added since the last call, and begins again with nothing.
    func finish() -> ArchiveDigest
}
