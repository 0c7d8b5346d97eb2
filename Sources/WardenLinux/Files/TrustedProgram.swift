package import SystemPackage
internal import WardenModel

/// Programs that only trusted users can have put where they are.
package enum TrustedProgram {
    /// As many as the kernel follows (`path_resolution(7)`).
    private static let linkLimit = 40

    /// Returns a program's path without symbolic links.
    ///
    /// The program must be a regular file of a trusted owner, writable by nobody else, and so must every directory
    /// above it. A symbolic link on the way is followed where all of this is true of the link's own way and of its
    /// target's: `/usr/bin/go` leads to `/usr/lib/go-1.19/bin/go`, and both ways are judged. Whoever passes cannot be
    /// replaced by anybody but the trusted users, so the path may be executed later.
    ///
    /// Throws `FileError`, whose `culprit` is the first name on the way that must not be believed.
    package static func find(_ path: FilePath, trusting trust: Trust) throws(FileError) -> FilePath {
        let task = FileTask(operation: "run", path: path)
        var next = path
        for _ in 0...linkLimit {
            let directory = try TrustedDirectory.openParent(of: next, .refused, trusting: trust, for: task)
            let place = directory.path.pushing(FilePath(kernelBytes: lastName(next)))
            let found = try task.attempt(at: place) { () throws(Errno) in
                try directory.descriptor.openChild(lastName(next), .path)
            }
            let status = try task.attempt(at: place) { () throws(Errno) in try found.status() }
            if let objection = trust.objection(to: status) { throw task.error(objection, at: place) }
            switch status.kind {
            case .file: return place
            case .symbolicLink:
                let target = try task.attempt(at: place) { () throws(Errno) in try readLink(found) }
                // An absolute target replaces the directory.
                next = directory.path.pushing(FilePath(kernelBytes: target))
            default: throw task.error(.notRegular(status.kind), at: place)
            }
        }
        throw task.error(.system(.tooManySymbolicLinkLevels))
    }
}
