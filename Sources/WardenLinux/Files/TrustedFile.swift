package import SystemPackage
package import WardenModel

/// Small files that decide what the agent does, or what others do whom the agent tells: policies, settings, metrics.
package enum TrustedFile {
    /// Reads a whole file that only trusted users can have written, once.
    ///
    /// The file must be regular, owned by somebody trusted and writable by nobody else, and so must every directory
    /// above it; sticky directories (`/tmp`) may be writable. The file itself is never a symbolic link. Nothing is
    /// opened but a regular file: a FIFO or a device has no chance to block or to act.
    ///
    /// - Parameter limit: A larger file is refused.
    package static func read(
        _ path: FilePath, limit: ByteCount, trusting trust: Trust
    ) throws(FileError) -> [UInt8] {
        try readWithMode(path, limit: limit, trusting: trust).content
    }

    /// Reads a whole file as `read(_:limit:trusting:)` does, and returns its mode too.
    package static func readWithMode(
        _ path: FilePath, limit: ByteCount, trusting trust: Trust
    ) throws(FileError) -> (content: [UInt8], mode: ModeBits) {
        let task = FileTask(operation: "read", path: path)
        let directory = try TrustedDirectory.openParent(of: path, .refused, trusting: trust, for: task)
        let file = try openRegular(path, in: directory.descriptor, for: task)
        let status = try task.attempt { () throws(Errno) in try file.status() }
        if let objection = trust.objection(to: status) { throw task.error(objection) }
        return (try readAll(file, limit: limit, for: task), status.mode)
    }

    /// Writes a whole file so that every reader sees the old content or the new, where only trusted users can have set
    /// up the place: the directory and all above it are as `read(_:limit:trusting:)` wants them, and nobody else may add
    /// a name to it. What stands there must be a regular file of somebody trusted; a link is refused, not replaced.
    ///
    /// - Parameters:
    ///   - mode: The file's mode, whatever the umask says.
    ///   - folders: The mode of folders that are made where they are missing; `nil` makes none.
    package static func write(
        _ bytes: [UInt8], to path: FilePath, mode: ModeBits, folders: ModeBits? = nil, trusting trust: Trust
    ) throws(FileError) {
        let task = FileTask(operation: "write", path: path)
        let missing = folders.map { TrustedDirectory.Missing.created(mode: $0) } ?? .refused
        let directory = try TrustedDirectory.openParent(of: path, missing, trusting: trust, for: task)
        try directory.refuseSticky(trust, for: task)
        let name = lastName(path)
        let standing = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
            try directory.descriptor.openChild(name, .path).status()
        }
        if let standing {
            try refuseIrregular(standing, for: task)
            if let objection = trust.objection(to: standing) { throw task.error(objection) }
        }
        try replace(name, in: directory.descriptor, by: bytes, mode, task)
    }

    /// Makes a folder where it is missing, and those above it, with this mode, whatever the umask says. The place must be
    /// one that only trusted users can have set up.
    package static func makeFolder(_ path: FilePath, mode: ModeBits, trusting trust: Trust) throws(FileError) {
        let task = FileTask(operation: "make", path: path)
        let directory = try TrustedDirectory.open(path, .created(mode: mode), trusting: trust, for: task)
        try directory.refuseSticky(trust, for: task)
    }

    /// Removes a regular file of somebody trusted from a place that only trusted users can have set up. Corresponds to
    /// `unlinkat(2)`.
    package static func remove(_ path: FilePath, trusting trust: Trust) throws(FileError) {
        let task = FileTask(operation: "remove", path: path)
        let directory = try TrustedDirectory.openParent(of: path, .refused, trusting: trust, for: task)
        try directory.refuseSticky(trust, for: task)
        let name = lastName(path)
        let standing = try task.attempt { () throws(Errno) in
            try directory.descriptor.openChild(name, .path).status()
        }
        try refuseIrregular(standing, for: task)
        if let objection = trust.objection(to: standing) { throw task.error(objection) }
        try task.attempt { () throws(Errno) in
            try unlink(name, in: directory.descriptor)
            try directory.synchronize()
        }
    }

    /// Returns the files in a folder whose names end in one of `suffixes`, sorted by their bytes.
    ///
    /// Hidden files are skipped. The folder must be as trusted as a file that is read from it, and not sticky and
    /// writable either. The files are not looked at: `read(_:limit:trusting:)` does that.
    package static func list(
        _ folder: FilePath, suffixes: [String], trusting trust: Trust
    ) throws(FileError) -> [FilePath] {
        let task = FileTask(operation: "list", path: folder)
        let directory = try TrustedDirectory.open(folder, .refused, trusting: trust, for: task)
        try directory.refuseSticky(trust, for: task)
        let names = try task.attempt { () throws(Errno) in
            try directoryNames(try directory.descriptor.openChild(".", .directory))
        }
        return files(names, in: folder, suffixes: suffixes)
    }

    /// Returns the regular files in a folder whose names end in `suffix`, as `list(_:suffixes:trusting:)` does, and how
    /// large they are.
    package static func sizes(
        _ folder: FilePath, suffix: String, trusting trust: Trust
    ) throws(FileError) -> [(path: FilePath, size: ByteCount)] {
        let task = FileTask(operation: "list", path: folder)
        let directory = try TrustedDirectory.open(folder, .refused, trusting: trust, for: task)
        try directory.refuseSticky(trust, for: task)
        let names = try task.attempt { () throws(Errno) in
            try directoryNames(try directory.descriptor.openChild(".", .directory))
        }
        var found: [(path: FilePath, size: ByteCount)] = []
        for path in files(names, in: folder, suffixes: [suffix]) {
            let status = try task.attempt(expecting: .noSuchFileOrDirectory) { () throws(Errno) in
                try directory.descriptor.openChild(lastName(path), .path).status()
            }
            if let status, status.kind == .file { found.append((path, status.size)) }
        }
        return found
    }

    /// Returns what stands at a path that only trusted users can have set up, or `nil` where nothing does.
    package static func kind(of path: FilePath, trusting trust: Trust) throws(FileError) -> NodeKind? {
        let task = FileTask(operation: "look at", path: path)
        // A path without a last name (`/`, `..`) can only be a directory.
        guard let last = path.lastComponent, last.kind == .regular else { return .directory }
        do throws(FileError) {
            let parent = try TrustedDirectory.openParent(of: path, .refused, trusting: trust, for: task)
            let name = FilePath(root: nil, [last]).kernelBytes
            return try task.attempt { () throws(Errno) in try parent.descriptor.openChild(name, .path).status().kind }
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }
}
