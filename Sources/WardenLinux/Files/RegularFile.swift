internal import CLinux
package import SystemPackage
package import WardenModel

/// Opens `path`'s last name in a directory for reading, and nothing but a regular file.
///
/// The inode is named with `O_PATH` first: opening a device or a FIFO to find out what it is may already do harm.
func openRegular(
    _ path: FilePath, in directory: borrowing OwnedDescriptor, for task: FileTask
) throws(FileError) -> OwnedDescriptor {
    let name = lastName(path)
    let named = try task.attempt { () throws(Errno) in try directory.openChild(name, .path) }
    try refuseIrregular(try task.attempt { () throws(Errno) in try named.status() }, for: task)
    let file = try task.attempt { () throws(Errno) in try directory.openChild(name, .file) }
    // Again: the name may have been given to something else in between.
    try refuseIrregular(try task.attempt { () throws(Errno) in try file.status() }, for: task)
    return file
}

/// Throws unless the status is that of a regular file.
func refuseIrregular(_ status: NodeStatus, for task: FileTask) throws(FileError) {
    switch status.kind {
    case .file: return
    case .symbolicLink: throw task.error(.symbolicLink)
    default: throw task.error(.notRegular(status.kind))
    }
}

/// Returns the bytes of a path's last name.
func lastName(_ path: FilePath) -> [UInt8] {
    path.lastComponent.map { FilePath(root: nil, [$0]).kernelBytes } ?? []
}

/// Reads the whole file; throws `.larger` for more than `limit` bytes.
func readAll(
    _ file: borrowing OwnedDescriptor, limit: ByteCount, for task: FileTask
) throws(FileError) -> [UInt8] {
    // One byte more than wanted shows that there is more; a huge file is refused before memory is taken for it.
    let size = try task.attempt { () throws(Errno) in try file.size() }
    guard size <= limit.rawValue else { throw task.error(.larger(than: limit)) }
    let most = Int(clamping: limit.rawValue) == .max ? Int.max : Int(clamping: limit.rawValue) + 1
    var bytes: [UInt8] = []
    while bytes.count < most {
        let step = min(most - bytes.count, max(4096, Int(clamping: size) + 1 - bytes.count))
        let more = try task.attempt { () throws(Errno) in try file.read(at: UInt64(bytes.count), limit: step) }
        bytes += more
        if more.count < step { break }
    }
    guard bytes.count <= limit.rawValue else { throw task.error(.larger(than: limit)) }
    return bytes
}

/// Reads a whole regular file that a user named, whoever may have written it. Symbolic links are followed.
package func readFile(_ path: FilePath, limit: ByteCount) throws(FileError) -> [UInt8] {
    let task = FileTask(operation: "read", path: path)
    return try readAll(try openNamed(path, for: task), limit: limit, for: task)
}

/// Opens a regular file by its path for reading, following links, without waiting for a FIFO.
func openNamed(_ path: FilePath, for task: FileTask) throws(FileError) -> OwnedDescriptor {
    let bytes = path.kernelBytes
    let named = try task.attempt { () throws(Errno) in try openByPath(bytes, OpenFlags.path) }
    try refuseIrregular(try task.attempt { () throws(Errno) in try named.status() }, for: task)
    let file = try task.attempt { () throws(Errno) in
        try openByPath(bytes, OpenFlags.readOnly | OpenFlags.nonBlocking)
    }
    try refuseIrregular(try task.attempt { () throws(Errno) in try file.status() }, for: task)
    return file
}
