internal import CLinux
package import SystemPackage
internal import WardenModel

/// Notices that paths come, go or change, those that lead to nothing yet included. Belongs to one thread.
///
/// Every directory on the way to a path is watched for the next name. No link is followed: one on the way is where the
/// watch ends.
package final class PathWatch {
    private let top: FilePath
    private let events: DirectoryEvents
    private var paths: [FilePath] = []
    private var folders: Set<FilePath> = []
    /// For each watch the names that matter, and the paths that go by them; an empty name stands for all.
    private var interests: [CInt: [[UInt8]: Set<FilePath>]] = [:]

    /// - Parameter top: What stands for `/`.
    package init(top: FilePath) throws(Errno) {
        self.top = top
        events = try DirectoryEvents()
    }

    package var descriptorNumber: CInt { events.descriptor.number }

    /// Watches these paths from now on, and no others.
    ///
    /// - Parameter folders: Those of which every name counts, where they are directories.
    ///
    /// Throws `.noSpace` where the user has as many watches as `fs.inotify.max_user_watches` allows.
    package func watch(_ paths: [FilePath], folders: Set<FilePath> = []) throws(Errno) {
        self.paths = paths
        self.folders = folders
        let before = Set(interests.keys)
        interests = [:]
        for path in paths { try follow(path) }
        for watch in before.subtracting(interests.keys) { events.remove(watch) }
    }

    /// Takes the events that wait, and returns the paths that they speak of; all where events were dropped.
    package func read() throws(Errno) -> Set<FilePath> {
        var touched: Set<FilePath> = []
        while try events.fill() {
            while let event = unsafe try events.next() {
                if unsafe event.is_overflow != 0 { touched.formUnion(paths) }
                guard let names = unsafe interests[event.watch] else { continue }
                if unsafe event.is_self != 0 {
                    // Of the directory itself: the one above tells of its name, and may not have been readable.
                    for paths in names.values where unsafe event.is_end != 0 { touched.formUnion(paths) }
                    continue
                }
                let name = unsafe event.withName { span in unsafe span.withUnsafeBytes { unsafe Array($0) } }
                touched.formUnion(names[name] ?? [])
                touched.formUnion(names[[]] ?? [])
            }
        }
        // A directory on the way may have come or been replaced.
        if !touched.isEmpty { try watch(paths, folders: folders) }
        return touched
    }

    private func follow(_ path: FilePath) throws(Errno) {
        do throws(Errno) {
            var current = try openDirectory(top)
            for component in path.components {
                let name = Array(component.string.utf8)
                try add(current, name, path)
                let next = try current.openChild(name, .path)
                guard try next.status().kind == .directory else { return }
                current = next
            }
            if folders.contains(path) { try add(current, [], path) }
        } catch .noSuchFileOrDirectory {
            // The last directory that is there says when the next comes.
        } catch .permissionDenied {
            // Whoever cannot search a directory learns nothing of what is in it.
        }
    }

    private func add(
        _ directory: borrowing OwnedDescriptor, _ name: [UInt8], _ path: FilePath
    ) throws(Errno) {
        let watch: CInt
        do throws(Errno) {
            watch = try events.add(directory, .names)
        } catch .permissionDenied {
            // It may be searched and not read.
            return
        }
        interests[watch, default: [:]][name, default: []].insert(path)
    }
}
