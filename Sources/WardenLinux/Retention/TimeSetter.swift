internal import CLinux
internal import SystemPackage
package import WardenModel

/// Sets mtimes, and nothing else, of entries that still are what was seen.
package struct TimeSetter: Sendable {
    private let root: PinnedRoot
    private let now: Timestamp

    package init(root: PinnedRoot, now: Timestamp) {
        self.root = root
        self.now = now
    }

    /// Sets the mtime of one entry, given by its path below the root. Corresponds to `futimens(2)`.
    ///
    /// An mtime is only ever moved to a later moment, but for times in the future, which become now.
    package func set(
        _ path: RelativePath, inode: UInt64, to moment: UInt32, because reason: TimeList.Reason
    ) -> Removal {
        do throws(Errno) {
            let entry = try open(path)
            let status = try entry.status()
            guard status.identity.inode == inode else { return .kept(.replaced) }
            guard status.kind == .directory || (status.kind == .file && status.links == 1) else {
                return .kept(.refused)
            }
            let modified = Int64(moment) * 1_000_000_000
            guard reason == .future || reason == .retired || status.raw.modified < modified else {
                return .kept(.used)
            }
            if reason == .retired, status.kind == .directory { try retireInside(entry, path, to: moment) }
            // A second run must find nothing to do.
            let isAhead = status.raw.accessed > now.seconds * 1_000_000_000
            let accessed: Int64 =
                reason == .retired ? Int64(moment) : reason == .future && isAhead ? now.seconds : -1
            try entry.setTimes(
                accessed: accessed, modified: Int64(moment),
                nanoseconds: reason == .orphan ? OrphanMark.nanoseconds : 0)
            return .removed(.zero)
        } catch .noSuchFileOrDirectory {
            return .vanished
        } catch .tooManySymbolicLinkLevels, .improperLink, .notDirectory {
            return .kept(.refused)
        } catch {
            return .failed(operation: "set the times of", error)
        }
    }

    /// A lookup by name alone; `O_PATH` descriptors take no times, and a directory is opened as one.
    private func open(_ path: RelativePath) throws(Errno) -> OwnedDescriptor {
        guard try root.open(path, .path).status().kind == .file else { return try root.open(path, .directory) }
        return try root.open(path, .file)
    }

    /// The file of an executable is what a build opens.
    private func retireInside(
        _ directory: borrowing OwnedDescriptor, _ path: RelativePath, to moment: UInt32
    ) throws(Errno) {
        for name in try directory.names() where try directory.kind(of: name) == .file {
            let file = try directory.openChild(name, .file)
            guard try file.status().links == 1 else { continue }
            try file.setTimes(accessed: Int64(moment), modified: Int64(moment), nanoseconds: 0)
        }
    }
}

extension OwnedDescriptor {
    /// Corresponds to `futimens(2)`; a negative atime stays as it is.
    fileprivate func setTimes(accessed: Int64, modified: Int64, nanoseconds: UInt32) throws(Errno) {
        let number = number
        _ = try retrying { clinux_set_times(number, accessed, modified, nanoseconds) }
    }
}
