internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Files that only root can have made, below what stands for `/`.
struct SystemFiles {
    private static let limit = ByteCount(262_144)
    private let top: FilePath

    init(top: FilePath) { self.top = top }

    /// Returns a file's bytes; `nil` where there is none or it cannot be read.
    func bytes(_ path: FilePath) -> [UInt8]? {
        // A file that nobody but root can have made says nothing where it is not there.
        try? readFile(located(path), limit: Self.limit)
    }

    func text(_ path: FilePath) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

    /// Returns the names in a folder that end so, in their order.
    func names(in folder: FilePath, endingIn suffix: String) -> [String] {
        // As above: a folder that cannot be listed has no files.
        let names = ((try? UserFile.names(in: folder, from: top)) ?? []).map { String(decoding: $0, as: UTF8.self) }
        return names.filter { $0.hasSuffix(suffix) }
    }

    private func located(_ path: FilePath) -> FilePath {
        top == FilePath("/") ? path : top.appending(path.components)
    }
}
