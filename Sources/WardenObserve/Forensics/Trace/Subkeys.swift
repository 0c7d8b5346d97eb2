internal import WardenDigest
package import WardenGoCache
internal import WardenModel

/// The actions under which cmd/go stores further outputs of one.
///
/// Corresponds to `Subkey` in
/// <https://go.googlesource.com/go/+/refs/heads/master/src/cmd/go/internal/cache/hash.go>: the SHA-256 of the word `subkey:`, the
/// action's 32 bytes and a name.
package struct Subkeys {
    private let beginning: [UInt8]

    package init(of action: EntryHash) {
        // 64 digits, so the bytes are always there.
        beginning = Array("subkey:".utf8) + (bytesOfHexadecimal(action.description) ?? [])
    }

    package func action(named name: [UInt8]) -> EntryHash? {
        let digits = Array(SHA256Digest(of: beginning + name).description.utf8)
        return EntryHash(hexadecimal: digits.span)
    }
}
