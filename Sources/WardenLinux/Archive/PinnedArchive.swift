package import SystemPackage
package import WardenModel

/// A file that only trusted users can have written, open for as long as it is read twice: to find out what it is, and
/// to use it.
package struct PinnedArchive: ~Copyable {
    let descriptor: OwnedDescriptor
    /// In bytes.
    package let size: ByteCount

    /// Opens an archive as `TrustedFile.read` opens a file: regular, of a trusted owner, writable by nobody else, and so
    /// every directory above it. Throws `FileError`.
    package init(_ path: FilePath, trusting trust: Trust) throws(FileError) {
        let task = FileTask(operation: "open", path: path)
        let directory = try TrustedDirectory.openParent(of: path, .refused, trusting: trust, for: task)
        let file = try openRegular(path, in: directory.descriptor, for: task)
        let status = try task.attempt { () throws(Errno) in try file.status() }
        if let objection = trust.objection(to: status) { throw task.error(objection) }
        size = status.size
        descriptor = consume file
    }

    /// Returns the digest of all its bytes. Throws `.interrupted` where the run is to end before it is known.
    package borrowing func digest(
        by hash: any ContentHash, isInterrupted: () -> Bool = { Interruption.isPending }
    ) throws(ArchiveError) -> ArchiveDigest {
        let buffer = ContentBuffer()
        var offset: UInt64 = 0
        descriptor.willReadSequentially()
        while true {
            guard !isInterrupted() else { throw .interrupted }
            let count: Int
            do throws(Errno) {
                count = try buffer.read(descriptor, at: offset) { hash.update($0) }
            } catch {
                throw .reading(error)
            }
            guard count > 0 else { return hash.finish() }
            offset += UInt64(count)
        }
    }
}
