internal import FoundationEssentials
internal import WardenModel

/// The subjects of one directory: its path, their names and their inodes, in the same order.
///
/// Names stand under `names`; where one of them is not UTF-8, all of them stand in hexadecimal under `names-hex`.
struct ChunkForm: Codable {
    let chunk: SubjectList.Chunk

    private enum CodingKeys: String, CodingKey {
        case directory, names, inodes
        case namesInHexadecimal = "names-hex"
    }

    init(chunk: SubjectList.Chunk) { self.chunk = chunk }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(chunk.directory, forKey: .directory)
        try container.encode(chunk.inodes, forKey: .inodes)
        var names: [String] = []
        names.reserveCapacity(chunk.count)
        for index in 0..<chunk.count {
            guard let name = String(validating: chunk.name(index), as: UTF8.self) else {
                let names = (0..<chunk.count).map { hexadecimal(chunk.name($0)) }
                return try container.encode(names, forKey: .namesInHexadecimal)
            }
            names.append(name)
        }
        try container.encode(names, forKey: .names)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let directory = try container.decode(RelativePath.self, forKey: .directory)
        guard Self.isPlain(directory) else {
            throw DecodingError.dataCorruptedError(
                forKey: .directory, in: container, debugDescription: "a path below the cache root was expected")
        }
        let inodes = try container.decode([UInt64].self, forKey: .inodes)
        let isHexadecimal = container.contains(.namesInHexadecimal)
        let key = isHexadecimal ? CodingKeys.namesInHexadecimal : .names
        let names = try container.decode([String].self, forKey: key)
        func refuse(_ reason: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
        }
        guard names.count == inodes.count else {
            throw refuse("\(names.count) names stand beside \(inodes.count) inodes")
        }

        var chunk = SubjectList.Chunk(directory: directory)
        var last: [UInt8]?
        for (index, text) in names.enumerated() {
            guard let name = isHexadecimal ? bytesOfHexadecimal(text) : Array(text.utf8) else {
                throw refuse("name \(index) is not hexadecimal")
            }
            // The empty name in the root's own list stands for the root.
            let isRoot = directory.isRoot && name.isEmpty
            guard isRoot || Self.isName(name[...]) else { throw refuse("name \(index) is no name of a file") }
            guard last.map({ $0.lexicographicallyPrecedes(name) }) ?? true else {
                throw refuse("name \(index) is out of order, or there twice")
            }
            chunk.append(name: name.span, inode: inodes[index])
            last = name
        }
        self.chunk = chunk
    }

    /// Whether a path has no empty name, no `.` and no `..`, so that it cannot lead out of the root.
    static func isPlain(_ path: RelativePath) -> Bool {
        path.isRoot
            || path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(isName)
    }

    private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        guard let first = name.first, name.count <= 255 else { return false }
        guard !name.contains(UInt8(ascii: "/")), !name.contains(0) else { return false }
        let dots = first == UInt8(ascii: ".") && name.allSatisfy { $0 == UInt8(ascii: ".") }
        return !(dots && name.count <= 2)
    }
}
