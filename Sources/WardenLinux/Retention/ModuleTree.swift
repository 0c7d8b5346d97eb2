internal import CLinux
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// The tree of a module version: looked at as a whole, then removed as a whole, through descriptors alone.
///
/// No deeper than any walk of the agent, and with one buffer a level, however many names there are.
struct ModuleTree {
    let root: PinnedRoot
    /// Nanoseconds since the epoch: what was used after this moment stays.
    let unusedSince: Int64
    private(set) var files = 0
    private(set) var blocks: UInt64 = 0
    private var buffers: [NameBuffer] = []

    /// A directory that fills again and again while it is emptied is somebody's attack.
    private static let mostPasses = 16

    init(root: PinnedRoot, unusedSince: Int64) {
        self.root = root
        self.unusedSince = unusedSince
    }

    /// Returns why the tree is not to be touched: somebody used a file in it, or it holds what no honest `go` makes.
    mutating func objection(
        in directory: borrowing OwnedDescriptor, level: Int = 0
    ) throws(Errno) -> KeptReason? {
        guard level < TreeQuestion.maximumDepth else { return .refused }
        let buffer = buffer(level)
        while try buffer.fill(from: directory) {
            while let record = unsafe try buffer.next() {
                var status = clinux_status()
                let code = unsafe clinux_status(directory.number, record.name, &status)
                guard code == 0 else { return .replaced }
                if root.refuses(status) { return .refused }
                blocks &+= status.blocks
                guard NodeKind(modeBits: status.mode) == .directory else {
                    files += 1
                    if max(status.modified, status.accessed) > unusedSince { return .used }
                    continue
                }
                let name = unsafe record.withName { name in name.indices.map { name[$0] } }
                let child = try directory.openQuietly(name)
                guard try child.status().identity.inode == status.inode else { return .replaced }
                if let reason = try objection(in: child, level: level + 1) { return reason }
            }
        }
        return nil
    }

    /// Removes everything in a directory, which becomes writable for that where it is not.
    mutating func clear(_ directory: borrowing OwnedDescriptor, level: Int = 0) throws(Errno) {
        guard level < TreeQuestion.maximumDepth else { throw .improperLink }
        let buffer = buffer(level)
        for _ in 0..<Self.mostPasses {
            var seen = 0
            _ = try directory.rewind()
            while try buffer.fill(from: directory) {
                while let record = unsafe try buffer.next() {
                    seen += 1
                    let name = unsafe record.withName { name in name.indices.map { name[$0] } }
                    try unsafe remove(name, record.type, in: directory, level)
                }
            }
            // Names that move while a directory is read may be missed: only an empty list ends it.
            if seen == 0 { return }
        }
        throw .directoryNotEmpty
    }

    private mutating func remove(
        _ name: [UInt8], _ type: UInt8, in directory: borrowing OwnedDescriptor, _ level: Int
    ) throws(Errno) {
        do throws(Errno) {
            // DT_DIR; DT_UNKNOWN where the file system does not say.
            let kind: NodeKind = try type == 0 ? directory.kind(of: name) : type == 4 ? .directory : .file
            guard kind == .directory else { return try directory.removeMadeWritable(name, 0) }
            let child = try directory.openQuietly(name)
            guard try !root.refuses(child.status().raw) else { throw .improperLink }
            try clear(child, level: level + 1)
            try directory.removeMadeWritable(name, AT_REMOVEDIR)
        } catch .noSuchFileOrDirectory {
            // Gone is what was wanted.
        }
    }

    private mutating func buffer(_ level: Int) -> NameBuffer {
        while buffers.count <= level { buffers.append(NameBuffer()) }
        return buffers[level]
    }
}

extension OwnedDescriptor {
    /// Removes a name; where its owner may not write to the directory, the directory is made writable for its owner.
    func removeMadeWritable(_ name: [UInt8], _ flags: CInt) throws(Errno) {
        do throws(Errno) {
            try removeName(name, flags)
        } catch .permissionDenied {
            // Go makes the directories of a version 0555.
            let mode = try status().mode
            guard mode.owner != .all else { throw .permissionDenied }
            try setMode(ModeBits(mode.rawValue | 0o700))
            try removeName(name, flags)
        }
    }

    /// Corresponds to `unlinkat(2)`.
    func removeName(_ name: [UInt8], _ flags: CInt = 0) throws(Errno) {
        let directory = number
        _ = try unsafe withCString(name) { name throws(Errno) in
            try retrying { unsafe clinux_unlinkat(directory, name, flags) }
        }
    }

    /// Gives a name in this directory another name in it. Corresponds to `renameat2(2)`.
    func rename(_ name: [UInt8], to newName: [UInt8], _ flags: CUnsignedInt = 0) throws(Errno) {
        let directory = number
        _ = try unsafe withCString(name) { name throws(Errno) in
            try unsafe withCString(newName) { newName throws(Errno) in
                try retrying { unsafe clinux_renameat2(directory, name, directory, newName, flags) }
            }
        }
    }

    /// Returns what one name in this directory is; `nil` where there is none.
    func statusOfName(_ name: [UInt8]) throws(Errno) -> clinux_status? {
        let directory = number
        var status = clinux_status()
        do throws(Errno) {
            _ = try unsafe withCString(name) { name throws(Errno) in
                try retrying { unsafe clinux_status(directory, name, &status) }
            }
            return status
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Begins the listing of a directory again. Corresponds to `lseek(2)`.
    fileprivate func rewind() throws(Errno) -> Int64 {
        let place = lseek(number, 0, SEEK_SET)
        guard place == 0 else { throw Errno(rawValue: errno) }
        return Int64(place)
    }
}
