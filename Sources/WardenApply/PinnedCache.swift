internal import Synchronization
internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// Pins the root that a plan speaks of; throws `ApplyError` where another directory stands there by now.
func pinRoot(
    of plan: CachePlan, below top: FilePath, resolution: PinnedRoot.Resolution = .kernel
) throws(ApplyError) -> PinnedRoot {
    let root: PinnedRoot
    do throws(Errno) {
        root = try PathDescent(to: plan.path, from: top).pinTarget(resolution: resolution)
    } catch {
        throw ApplyError(code: .system, operation: "open", path: plan.path, cause: error)
    }
    guard root.identity == plan.root else {
        throw ApplyError(code: .rootReplaced, operation: "open", path: plan.path, cause: .fileExists)
    }
    return root
}

/// Directories below a cache root, held open while their entries are removed.
///
/// A cache has 256 shards; opening them for every unit again would take longer than the removing.
final class DirectoryPool: Sendable {
    /// A directory that several threads use.
    final class Handle: Sendable {
        let descriptor: OwnedDescriptor

        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    }

    private static let limit = 300
    private let root: PinnedRoot
    private let handles = Mutex<[[UInt8]: Handle]>([:])

    init(root: PinnedRoot) { self.root = root }

    func directory(_ path: ArraySlice<UInt8>) throws(Errno) -> Handle {
        let key = Array(path)
        if let known = handles.withLock({ $0[key] }) { return known }
        let handle = try open(key)
        handles.withLock { handles in
            if handles.count >= Self.limit { handles.removeAll() }
            handles[key] = handle
        }
        return handle
    }

    private func open(_ path: [UInt8]) throws(Errno) -> Handle {
        do throws(Errno) {
            return Handle(try root.open(RelativePath(bytes: path), .directoryPath))
        } catch .tooManyOpenFiles {
            handles.withLock { $0.removeAll() }
            return Handle(try root.open(RelativePath(bytes: path), .directoryPath))
        }
    }
}

/// One thread's view of a pool: each directory that it used last, by the two digits at the end of its path.
///
/// A shard is found without making a key of its path, and without waiting for the other threads.
final class RecentDirectories {
    private let pool: DirectoryPool
    private var recent: [(path: [UInt8], handle: DirectoryPool.Handle)?] = Array(repeating: nil, count: 256)

    init(of pool: DirectoryPool) { self.pool = pool }

    func directory(_ path: ArraySlice<UInt8>) throws(Errno) -> DirectoryPool.Handle {
        let place = path.suffix(2).reduce(0) { $0 << 4 | Self.digit($1) }
        if let known = recent[place], known.path.elementsEqual(path) { return known.handle }
        let handle: DirectoryPool.Handle
        do throws(Errno) {
            handle = try pool.directory(path)
        } catch .tooManyOpenFiles {
            for place in recent.indices { recent[place] = nil }
            handle = try pool.directory(path)
        }
        recent[place] = (Array(path), handle)
        return handle
    }

    /// The value of a hexadecimal digit; of any other byte some number below 16.
    private static func digit(_ byte: UInt8) -> Int { (Int(byte) & 15 + Int(byte) >> 6 * 9) & 15 }
}
