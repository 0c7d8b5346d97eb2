internal import WardenDigest
internal import WardenLinux
package import WardenModel

/// SHA-256 for archives, by libcrypto.
package final class ArchiveHash: ContentHash {
    private var hasher = SHA256Hasher()

    package init() {}

    package func update(_ bytes: borrowing Span<UInt8>) { hasher.update(bytes) }

    package func finish() -> ArchiveDigest {
        let bytes = hasher.finish { digest in digest.indices.map { digest[$0] } }
        guard let digest = ArchiveDigest(bytes: bytes) else { preconditionFailure("a SHA-256 has 32 bytes") }
        return digest
    }
}
