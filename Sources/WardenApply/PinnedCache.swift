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
