internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// One thread's memory for reading files from beginning to end, one after the other.
@safe package final class ContentBuffer {
    /// Large enough that system calls do not count, small enough to stay in a processor's cache.
    package static let size = 262_144
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4_096)

    package init() {}

    deinit { unsafe memory.deallocate() }

    /// Reads what stands at `offset`, calls `body` with it, and returns how many bytes it was; 0 at the file's end.
    ///
    /// The bytes are good until `body` returns. Corresponds to `pread(2)`.
    package func read(
        _ file: borrowing OwnedDescriptor, at offset: UInt64, _ body: (borrowing Span<UInt8>) -> Void
    ) throws(Errno) -> Int {
        let number = file.number
        let position = off_t(clamping: offset)
        let count = try retryingCount {
            let got = unsafe pread(number, memory, Self.size, position)
            return got < 0 ? -Int(errno) : got
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: memory, count: count)
        unsafe body(Span<UInt8>(_unsafeBytes: bytes))
        return count
    }
}

/// The names of directories, block by block: a member can make any number of them.
package final class NameBlocks {
    private let buffer = NameBuffer()

    package init() {}

    /// Returns the names of the next block that are wanted; `nil` at the directory's end. Corresponds to `getdents64(2)`.
    package func next(
        in directory: borrowing OwnedDescriptor, where isWanted: (borrowing Span<UInt8>) -> Bool = { _ in true }
    ) throws(Errno) -> [[UInt8]]? {
        guard try buffer.fill(from: directory) else { return nil }
        var names: [[UInt8]] = []
        while let record = unsafe try buffer.next() {
            let name = unsafe record.withName { name -> [UInt8]? in
                isWanted(name) ? name.indices.map { name[$0] } : nil
            }
            if let name { names.append(name) }
        }
        return names
    }
}

/// What moves with every write to a file: of two equal versions the later read has seen no other content.
package struct ContentVersion: Hashable, Sendable {
    private let size: UInt64
    private let modified: Int64
    private let changed: Int64

    init(_ status: NodeStatus) {
        size = status.raw.size
        modified = status.raw.modified
        changed = status.raw.changed
    }
}

extension NodeStatus {
    /// Reads the status of one name in a directory, without opening it.
    fileprivate init(of name: [UInt8], in directory: borrowing OwnedDescriptor) throws(Errno) {
        let number = directory.number
        var status = clinux_status()
        _ = try unsafe withCString(name) { name throws(Errno) in
            try retrying { unsafe clinux_status(number, name, &status) }
        }
        raw = status
    }

    package var version: ContentVersion { ContentVersion(self) }
    package var owner: UserID { UserID(raw.owner) }
    /// In bytes.
    package var size: ByteCount { ByteCount(raw.size) }
    package var allocated: ByteCount { ByteCount(raw.blocks &* 512) }
    /// When somebody last wrote to it, or says so: the owner can set it.
    package var modified: Timestamp { Timestamp(nanoseconds: raw.modified) }
}

extension OwnedDescriptor {
    /// Returns what one name in this directory is, without opening it. Corresponds to `statx(2)`.
    package func status(of name: [UInt8]) throws(Errno) -> NodeStatus { try NodeStatus(of: name, in: self) }

    /// Tells the kernel that the file will be read from beginning to end. Corresponds to `posix_fadvise(3)`.
    package func willReadSequentially() {
        // Advice alone: a file system that takes none reads the same bytes.
        _ = posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL)
    }
}

extension PinnedRoot {
    /// Returns why nothing is read of an inode below this root, whatever its name says; `nil` for directories and for
    /// files with one name.
    package func refusal(of status: NodeStatus) -> Refusal? {
        guard !status.isMountRoot, status.raw.mount == mount, status.identity.device == identity.device else {
            return .foreignMount
        }
        switch status.kind {
        case .directory: return nil
        case .file: return status.links > 1 ? .hardLink : nil
        case .symbolicLink: return .symbolicLink
        default: return .specialFile
        }
    }
}
