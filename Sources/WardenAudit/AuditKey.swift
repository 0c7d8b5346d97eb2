package import SystemPackage
internal import WardenDigest
package import WardenLinux
internal import WardenModel

/// The key of a log: with it records carry a MAC that nobody else can make.
package struct AuditKey: Sendable {
    /// Shorter keys can be guessed from the records.
    package static let shortest = 16
    /// What the id is made from. Records begin with a brace, so that this is the MAC of none.
    private static let purpose = Array("cachewarden audit key id".utf8)

    /// Eight hexadecimal digits that tell keys apart and say nothing of them: the beginning of the SHA-256 of a MAC.
    package let id: String
    private let secret: Secret

    /// Reads a key, as `Secret` reads secrets. Throws `.tooShort` for fewer than `shortest` bytes.
    package init(reading path: FilePath) throws(AuditKeyError) {
        let secret: Secret
        do throws(SecretError) { secret = try Secret(reading: path) } catch { throw .secret(error) }
        guard secret.count >= Self.shortest else { throw .tooShort(path) }
        self.secret = secret
        let derived = secret.withBytes { HMACSHA256.digest(of: Self.purpose, key: $0) }
        id = String(SHA256Digest(of: derived.bytes).description.prefix(RecordFormat.keyDigits))
    }

    /// Returns a record's MAC, lower-case hexadecimal.
    func mac(of bytes: [UInt8]) -> String {
        secret.withBytes { HMACSHA256.digest(of: bytes, key: $0) }.description
    }
}

/// A key that cannot be read, or must not be used.
package enum AuditKeyError: Error, Hashable, Sendable {
    case secret(SecretError)
    case tooShort(FilePath)

    /// Whether there simply is no such file.
    package var isMissing: Bool {
        if case .secret(let error) = self { return error.isMissing }
        return false
    }
}

extension AuditKeyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .secret(let error): error.description
        case .tooShort(let path):
            "cannot use the key in \(quoted(path)): it has fewer than \(AuditKey.shortest) bytes ('openssl rand -hex 32' "
                + "makes a good one)"
        }
    }
}
