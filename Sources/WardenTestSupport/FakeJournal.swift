internal import CFixtures
package import SystemPackage
internal import WardenLinux

/// Stands in for systemd's journal: a socket that keeps what it is sent.
package struct FakeJournal: ~Copyable, Sendable {
    private let socket: OwnedDescriptor

    /// Listens at `path`, which nothing must have and which may not be longer than 107 bytes.
    package init(at path: FilePath) throws {
        let number = unsafe path.withPlatformString { unsafe cfixtures_listen($0) }
        guard number >= 0 else { throw Errno(rawValue: -number) }
        socket = OwnedDescriptor(adopting: FileDescriptor(rawValue: number))
    }

    /// Returns the fields of the next entry, or `nil` where none has come.
    package func next() throws -> [String: [UInt8]]? {
        var buffer = [UInt8](repeating: 0, count: 16 << 20)
        let number = socket.raw.rawValue
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe cfixtures_receive(number, $0.baseAddress, $0.count)
        }
        if count == -Int(Errno.wouldBlock.rawValue) { return nil }
        guard count >= 0 else { throw Errno(rawValue: CInt(-count)) }
        return Self.fields(buffer[..<count])
    }

    /// Reads the native protocol: `NAME=value` lines, and `NAME`, a length and that many bytes.
    private static func fields(_ entry: ArraySlice<UInt8>) -> [String: [UInt8]] {
        var fields: [String: [UInt8]] = [:]
        var rest = entry
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                fields[String(decoding: line[..<equals], as: UTF8.self)] = Array(line[(equals + 1)...])
            } else {
                let count = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                fields[String(decoding: line, as: UTF8.self)] = Array(rest.dropFirst(8).prefix(count))
                rest = rest.dropFirst(8 + count + 1)
            }
        }
        return fields
    }
}
