internal import CLinux
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// A directory that was reached through trusted directories alone, held open.
///
/// Every directory from `/` down is owned by somebody trusted and writable by nobody else; a sticky directory such as
/// `/tmp` may be writable, because what stands below it is checked for its owner too, and nobody but the owner can
/// put something else in its place. Symbolic links between directories are followed under the same conditions.
struct TrustedDirectory: ~Copyable {
    /// What becomes of directories that are missing.
    enum Missing: Equatable {
        case refused
        /// Whatever the umask says.
        case created(mode: ModeBits)
    }

    /// Opened with `O_PATH`.
    let descriptor: OwnedDescriptor
    /// Its path without symbolic links.
    let path: FilePath

    /// As many as the kernel follows (`path_resolution(7)`).
    private static let linkLimit = 40

    /// Opens the directory at `path`; missing ones are made where `missing` says so.
    static func open(
        _ path: FilePath, _ missing: Missing, trusting trust: Trust, for task: FileTask
    ) throws(FileError) -> TrustedDirectory {
        let start = try task.attempt { () throws(Errno) in try absolute(path) }
        var cursor = Cursor(start)
        var current = try openRoot(trust, task)
        while let name = cursor.next() {
            if name == Cursor.parent {
                cursor.restartAbove()
                current = try openRoot(trust, task)
                continue
            }
            let place = cursor.path(with: name)
            let child = try openChild(name, of: current, missing, task, at: place)
            let status = try task.attempt(at: place) { () throws(Errno) in try child.status() }
            switch status.kind {
            case .symbolicLink:
                guard cursor.linksSeen < linkLimit else {
                    throw task.error(.system(.tooManySymbolicLinkLevels), at: place)
                }
                if let objection = trust.objection(to: status) { throw task.error(objection, at: place) }
                let target = try task.attempt(at: place) { () throws(Errno) in try readLink(child) }
                if cursor.enter(target) { current = try openRoot(trust, task) }
            case .directory:
                try check(status, at: place, trust, task)
                cursor.visited.append(name)
                current = child
            default:
                throw task.error(.notDirectory(status.kind), at: place)
            }
        }
        return TrustedDirectory(descriptor: current, path: cursor.path(with: nil))
    }

    /// Opens the directory that holds `path`'s last name.
    static func openParent(
        of path: FilePath, _ missing: Missing, trusting trust: Trust, for task: FileTask
    ) throws(FileError) -> TrustedDirectory {
        guard path.lastComponent?.kind == .regular else { throw task.error(.notRegular(.directory)) }
        return try open(path.removingLastComponent(), missing, trusting: trust, for: task)
    }

    private static func openRoot(_ trust: Trust, _ task: FileTask) throws(FileError) -> OwnedDescriptor {
        let root = try task.attempt(at: "/") { () throws(Errno) in
            let number = try retrying {
                unsafe clinux_openat(AT_FDCWD, "/", OpenFlags.path | OpenFlags.directory, 0)
            }
            return OwnedDescriptor(adopting: FileDescriptor(rawValue: number))
        }
        let status = try task.attempt(at: "/") { () throws(Errno) in try root.status() }
        try check(status, at: "/", trust, task)
        return root
    }

    private static func openChild(
        _ name: [UInt8], of directory: borrowing OwnedDescriptor, _ missing: Missing, _ task: FileTask,
        at place: FilePath
    ) throws(FileError) -> OwnedDescriptor {
        do throws(Errno) {
            return try directory.openChild(name, .path)
        } catch {
            guard error == .noSuchFileOrDirectory else { throw task.error(.system(error), at: place) }
        }
        guard case .created(let mode) = missing else { throw task.error(.system(.noSuchFileOrDirectory), at: place) }
        try make(name, mode, in: directory, task, at: place)
        return try task.attempt(at: place) { () throws(Errno) in try directory.openChild(name, .path) }
    }

    private static func make(
        _ name: [UInt8], _ mode: ModeBits, in directory: borrowing OwnedDescriptor, _ task: FileTask, at place: FilePath
    ) throws(FileError) {
        let number = directory.number
        do throws(Errno) {
            _ = try unsafe withCString(name) { name throws(Errno) in
                try retrying { unsafe clinux_mkdirat(number, name, mode_t(mode.rawValue)) }
            }
            let made = try directory.openChild(name, .directory)
            guard try made.status().mode != mode else { return }
            let madeNumber = made.number
            _ = try retrying { clinux_chmod(madeNumber, mode_t(mode.rawValue)) }
        } catch {
            // Somebody else was faster: what they made is checked like any other.
            guard error == .fileExists else { throw task.error(.system(error), at: place) }
        }
    }

    private static func check(
        _ status: NodeStatus, at place: FilePath, _ trust: Trust, _ task: FileTask
    ) throws(FileError) {
        guard let objection = trust.objection(to: status) else { return }
        if case .writableByOthers(let mode) = objection, mode.isSticky, trust.stickyDirectories == .believed { return }
        throw task.error(objection, at: place)
    }

    /// Refuses the directory itself where others may add names to it, even if it is sticky.
    func refuseSticky(_ trust: Trust, for task: FileTask) throws(FileError) {
        let status = try task.attempt(at: path) { () throws(Errno) in try descriptor.status() }
        if let objection = trust.objection(to: status) { throw task.error(objection, at: path) }
    }

    /// Makes names that were added to the directory survive a power cut. Corresponds to `fsync(2)`.
    func synchronize() throws(Errno) {
        try descriptor.openChild(".", .directory).synchronizeDirectory()
    }
}

/// Where a walk stands: the names behind it and before it.
private struct Cursor {
    static let parent = Array("..".utf8)

    var visited: [[UInt8]] = []
    private(set) var linksSeen = 0
    /// Last name first.
    private var pending: [[UInt8]]

    init(_ path: FilePath) { pending = Self.names(path.kernelBytes).reversed() }

    mutating func next() -> [UInt8]? { pending.popLast() }

    func path(with name: [UInt8]?) -> FilePath {
        let names = name.map { visited + [$0] } ?? visited
        return FilePath(kernelBytes: [UInt8(ascii: "/")] + names.joined(separator: [UInt8(ascii: "/")]))
    }

    /// Goes on at the directory above the current one, from `/`.
    mutating func restartAbove() {
        pending += visited.dropLast().reversed()
        visited = []
    }

    /// Goes on with a link's target; returns whether that starts at `/`.
    mutating func enter(_ target: [UInt8]) -> Bool {
        linksSeen += 1
        pending += Self.names(target).reversed()
        guard target.first == UInt8(ascii: "/") else { return false }
        visited = []
        return true
    }

    private static func names(_ path: [UInt8]) -> [[UInt8]] {
        path.split(separator: UInt8(ascii: "/")).map(Array.init).filter { $0 != Array(".".utf8) }
    }
}

/// Returns `path`, or the path that it stands for in the current directory. Corresponds to `getcwd(3)`.
private func absolute(_ path: FilePath) throws(Errno) -> FilePath {
    guard !path.isAbsolute else { return path }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = buffer.count
    let found = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return EINVAL }
        return unsafe getcwd(base, length) == nil ? errno : 0
    }
    guard found == 0 else { throw Errno(rawValue: found) }
    return FilePath(platformString: buffer).pushing(path)
}

/// Returns where a link that is open with `O_PATH` leads. Corresponds to `readlinkat(2)` with an empty name.
func readLink(_ link: borrowing OwnedDescriptor) throws(Errno) -> [UInt8] {
    let number = link.number
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = try retryingCount {
        unsafe buffer.withUnsafeMutableBytes { bytes in
            let target = unsafe bytes.assumingMemoryBound(to: CChar.self)
            guard let base = target.baseAddress else { return -Int(EINVAL) }
            let got = unsafe readlinkat(number, "", base, target.count)
            return got < 0 ? -Int(errno) : got
        }
    }
    return Array(buffer.prefix(length))
}
