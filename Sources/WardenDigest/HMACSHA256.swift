internal import CCrypto

/// Keyed hashes: only who has the key can make one, or tell a true one from another. HMAC with SHA-256 (RFC 2104).
package enum HMACSHA256 {
    /// Returns the keyed hash of some bytes. Corresponds to `HMAC(3)`.
    ///
    /// - Parameter key: At least one byte; longer ones than 64 are hashed first, as the standard says.
    package static func digest(of bytes: [UInt8], key: borrowing Span<UInt8>) -> SHA256Digest {
        var length: CUnsignedInt = 0
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: SHA256Digest.size) { buffer, count in
            unsafe key.withUnsafeBytes { key in
                let made = unsafe HMAC(
                    EVP_sha256(), key.baseAddress, CInt(clamping: key.count), bytes, bytes.count, buffer.baseAddress,
                    &length)
                // As with plain hashes: a libcrypto that cannot leaves nothing to go on with.
                precondition(unsafe made != nil, "libcrypto has no HMAC")
            }
            count = SHA256Digest.size
        }
        return SHA256Digest(bytes: digest)
    }
}
