internal import SystemPackage
internal import WardenDigest
internal import WardenLinux
internal import WardenModel

/// One thread's way to compare what a file holds with the name of an output, which is the SHA-256 of its content.
///
/// Nothing here allocates for the bytes of a file.
struct OutputHasher: ~Copyable {
    private let buffer = ContentBuffer()
    private var hasher = SHA256Hasher()

    /// Reads a file from its beginning: `size` bytes, or all there are.
    ///
    /// - Parameter goesOn: Asked behind each piece, which is this many bytes long, whether there is time for more.
    /// - Returns: False when there was none.
    mutating func read(
        _ file: borrowing OwnedDescriptor, upTo size: UInt64, goesOn: (Int) -> Bool
    ) throws(Errno) -> Bool {
        hasher.restart()
        if size > UInt64(ContentBuffer.size) { file.willReadSequentially() }
        var offset: UInt64 = 0
        while offset < size {
            let count = try buffer.read(file, at: offset) { hasher.update($0) }
            guard count > 0 else { break }
            offset += UInt64(count)
            guard goesOn(count) else { return false }
        }
        return true
    }

    /// Returns what the file that was read hashes to, in hexadecimal; `nil` where a name (`<64 hex>-d`) says the same.
    mutating func mismatch(with name: borrowing Span<UInt8>) -> String? {
        hasher.finish { digest -> String? in
            Self.isHash(digest, in: name) ? nil : hexadecimal(digest.indices.map { digest[$0] })
        }
    }

    /// Returns the SHA-256 of what was read.
    mutating func digest() -> [UInt8] {
        hasher.finish { digest in digest.indices.map { digest[$0] } }
    }

    /// Whether the digits of a name spell a digest.
    private static func isHash(_ digest: borrowing Span<UInt8>, in name: borrowing Span<UInt8>) -> Bool {
        guard name.count >= 2 * digest.count else { return false }
        for index in digest.indices {
            guard let high = hexadecimalValue(name[2 * index]), let low = hexadecimalValue(name[2 * index + 1]),
                digest[index] == high << 4 | low
            else { return false }
        }
        return true
    }
}
