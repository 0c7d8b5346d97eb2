internal import CLinux
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// Makes what an archive holds, below one directory that nobody else may enter yet.
///
/// Each name is made in a directory that is held open, and nothing that stands there is opened or replaced: two entries
/// of one name are an error, and so is a file where a directory is needed. Directories are 0755, files 0644 or 0755,
/// whatever the archive and the umask say, and belong to the process. Corresponds to `mkdirat(2)` and `openat(2)` with
/// `O_CREAT | O_EXCL | O_NOFOLLOW`.
package struct ArchiveUnpacker: ~Copyable {
    /// A directory that is open.
    private final class Folder {
        let name: [UInt8]
        let descriptor: OwnedDescriptor

        init(_ name: [UInt8], _ descriptor: consuming OwnedDescriptor) {
            self.name = name
            self.descriptor = consume descriptor
        }
    }

    private var reader = TarReader()
    private let root: OwnedDescriptor
    /// The way to the directory that was used last; entries come directory by directory.
    private var way: [Folder] = []
    /// Directories that were made because a file needed them: their own entries may still come, once.
    private var implied: Set<RelativePath> = []
    private var hasRoot = false
    private var file: OwnedDescriptor?
    private var path = RelativePath.root
    private var mode = ModeBits(0)

    /// - Parameter root: An open directory; nobody but its owner may be able to write to it.
    package init(into root: consuming OwnedDescriptor) { self.root = root }

    /// Takes the next bytes of the archive.
    package mutating func take(_ bytes: borrowing Span<UInt8>) throws(ArchiveError) {
        var position = 0
        while let event = try next(bytes, &position) {
            switch event {
            case .directory(let path): try makeDirectory(path)
            case .file(let path, _, let isExecutable):
                try open(path, mode: ModeBits(isExecutable ? 0o755 : 0o644))
            case .content(let range): try write(bytes.extracting(range))
            case .fileEnd: try close()
            }
        }
    }

    /// Throws unless all of an archive was there.
    package func finish() throws(ArchiveError) {
        do throws(TarError) { try reader.finish() } catch { throw .refused(error) }
    }

    private mutating func next(
        _ bytes: borrowing Span<UInt8>, _ position: inout Int
    ) throws(ArchiveError) -> TarReader.Event? {
        do throws(TarError) { return try reader.next(in: bytes, from: &position) } catch { throw .refused(error) }
    }

    // MARK: - Directories

    private mutating func makeDirectory(_ path: RelativePath) throws(ArchiveError) {
        guard !path.isRoot else {
            guard !hasRoot else { throw .collision(path, with: "is there twice") }
            hasRoot = true
            return
        }
        let (parent, name) = path.split
        try enter(parent)
        if implied.remove(path) != nil { return }
        do throws(Errno) {
            way.append(Folder(name, try makeChild(name)))
        } catch .fileExists {
            throw .collision(path, with: "is there twice")
        } catch {
            throw .entry(operation: "make", path, error)
        }
    }

    /// Makes a directory in the one that was entered last, and opens it.
    private func makeChild(_ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        let parent = directoryNumber
        _ = try unsafe withCString(name) { name throws(Errno) in
            try retrying { unsafe clinux_mkdirat(parent, name, 0o755) }
        }
        let child = try openChild(name)
        try child.setMode(ModeBits(0o755))
        return child
    }

    private func openChild(_ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        if let last = way.last { return try last.descriptor.openChild(name, .directoryPath) }
        return try root.openChild(name, .directoryPath)
    }

    private var directoryNumber: CInt { way.last?.descriptor.number ?? root.number }

    /// Goes to a directory from the one that was used last, and makes what is missing on the way.
    private mutating func enter(_ directory: RelativePath) throws(ArchiveError) {
        let slash = UInt8(ascii: "/")
        let names = directory.bytes.split(separator: slash)
        var common = 0
        while common < min(names.count, way.count), names[common].elementsEqual(way[common].name) { common += 1 }
        way.removeLast(way.count - common)
        for index in names.indices.dropFirst(common) {
            let name = Array(names[index])
            let reached = RelativePath(bytes: Array(names[...index].joined(separator: [slash])))
            do throws(Errno) {
                do throws(Errno) {
                    way.append(Folder(name, try openChild(name)))
                } catch .noSuchFileOrDirectory {
                    way.append(Folder(name, try makeChild(name)))
                    implied.insert(reached)
                }
            } catch .notDirectory {
                throw .collision(reached, with: "is a file, and another entry needs a directory there")
            } catch {
                throw .entry(operation: "make", reached, error)
            }
        }
    }

    // MARK: - Files

    private mutating func open(_ path: RelativePath, mode: ModeBits) throws(ArchiveError) {
        let (parent, name) = path.split
        try enter(parent)
        self.path = path
        self.mode = mode
        do throws(Errno) {
            let flags = O_WRONLY | O_CREAT | O_EXCL
            if let last = way.last {
                file = try last.descriptor.openForWriting(name, flags, mode: 0o600)
            } else {
                file = try root.openForWriting(name, flags, mode: 0o600)
            }
        } catch .fileExists {
            throw .collision(path, with: "is there twice")
        } catch {
            throw .entry(operation: "make", path, error)
        }
    }

    private func write(_ bytes: borrowing Span<UInt8>) throws(ArchiveError) {
        do throws(Errno) {
            switch file {
            case .some(let file): try file.write(bytes)
            case .none: return
            }
        } catch {
            throw .entry(operation: "write", path, error)
        }
    }

    private mutating func close() throws(ArchiveError) {
        guard case .some(let file) = file.take() else { return }
        do throws(Errno) { try file.setMode(mode) } catch { throw .entry(operation: "set mode of", path, error) }
    }
}
