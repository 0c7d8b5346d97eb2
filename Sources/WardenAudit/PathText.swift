internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// A path as records carry it: a string, or `{"hex": "…"}` where its bytes are not UTF-8.
struct PathText: Hashable, Sendable, Codable {
    private let bytes: RelativePath

    init(_ path: FilePath) { bytes = RelativePath(bytes: path.kernelBytes) }

    var path: FilePath { FilePath(kernelBytes: bytes.bytes) }

    init(from decoder: any Decoder) throws { bytes = try RelativePath(from: decoder) }

    func encode(to encoder: any Encoder) throws { try bytes.encode(to: encoder) }
}
