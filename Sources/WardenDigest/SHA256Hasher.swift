internal import CCrypto

/// Takes bytes bit by bit and gives their SHA-256. Corresponds to `EVP_DigestUpdate(3)` and its family.
///
/// A libcrypto that has no SHA-256 (a configuration without the default provider) or no memory for 112 bytes leaves
/// nothing to go on with: the process stops at the first hash, before it has changed anything.
@safe package struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer

    package init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory") }
        unsafe self.context = context
        guard unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("libcrypto has no SHA-256")
        }
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Adds the bytes of a span.
    package mutating func update(_ bytes: borrowing Span<UInt8>) {
        let context = unsafe context
        let result = unsafe bytes.withUnsafeBytes { buffer in
            // An empty buffer may have no address, which libcrypto need not accept.
            guard let base = buffer.baseAddress, buffer.count > 0 else { return CInt(1) }
            return unsafe EVP_DigestUpdate(context, base, buffer.count)
        }
        precondition(result == 1, "libcrypto refused to hash")
    }

    /// Adds the bytes of an array.
    package mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// Adds the bytes of a part of an array.
    package mutating func update(_ bytes: ArraySlice<UInt8>) { update(bytes.span) }

    /// Calls `body` with the digest of everything that was added, and begins again with nothing.
    ///
    /// For a loop over many files: unlike a new hasher and `finalize()` it asks for no memory and looks up no algorithm.
    /// The `SHA256Digest.size` bytes are good until `body` returns.
    package mutating func finish<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
        let context = unsafe context
        let answer = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SHA256Digest.size) { buffer in
            let result = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            precondition(result == 1, "libcrypto refused to finish a hash")
            return unsafe body(Span(_unsafeElements: UnsafeBufferPointer(buffer)))
        }
        restart()
        return answer
    }

    /// Forgets everything that was added.
    package mutating func restart() {
        // Without a type the context keeps the algorithm that it has, which spares libcrypto the search for it.
        let result = unsafe EVP_DigestInit_ex(context, nil, nil)
        precondition(result == 1, "libcrypto refused to begin a hash")
    }

    /// Returns the digest of everything that was added.
    package consuming func finalize() -> SHA256Digest {
        let context = unsafe context
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: SHA256Digest.size) { buffer, count in
            let result = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            precondition(result == 1, "libcrypto refused to finish a hash")
            count = SHA256Digest.size
        }
        return SHA256Digest(bytes: bytes)
    }
}
