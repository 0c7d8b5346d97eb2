package import WardenModel

/// Files and directories below a root whose entries are counted apart: a few, which may stand in each other.
package struct TreeParts: Sendable {
    /// As many as a state's key has room for.
    package static let limit = 255
    /// What is in none of them.
    static let none: UInt8 = 0

    /// A part's number is its place here, from 1.
    let paths: [RelativePath]

    /// Keeps the first `limit` paths.
    package init(_ paths: [RelativePath]) { self.paths = Array(paths.prefix(Self.limit)) }

    /// Returns the number of the part that begins at a path.
    func number(of path: [UInt8]) -> UInt8? {
        paths.firstIndex { $0.bytes == path }.map { UInt8($0 + 1) }
    }

    /// Whether a part begins somewhere below a directory.
    func beginInside(_ directory: [UInt8]) -> Bool {
        paths.contains { part in
            directory.isEmpty
                || part.bytes.count > directory.count && part.bytes.starts(with: directory)
                    && part.bytes[directory.count] == UInt8(ascii: "/")
        }
    }

    subscript(number: UInt8) -> RelativePath? { number == Self.none ? nil : paths[Int(number) - 1] }
}
