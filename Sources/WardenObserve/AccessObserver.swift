package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Looks at a path as the kernel does when somebody wants to use it.
package enum AccessObserver {
    /// Why there is no answer for a path.
    package enum Obstacle: Error, Sendable {
        case missing
        /// A name on the way, or the last one, is a symbolic link: rights are those of what it leads to.
        case symbolicLink(at: FilePath)
        case stopped(at: FilePath, Errno)
    }

    /// Returns what stands at a path and everything above it; no link is followed.
    package static func observe(_ path: FilePath, top: FilePath) throws(Obstacle) -> AccessPath {
        let answer: Result<AccessPath, Obstacle>
        do throws(Errno) {
            answer = try Self.answer(path, try PathDescent(to: path, from: top))
        } catch {
            throw .stopped(at: path, error)
        }
        return try answer.get()
    }

    private static func answer(
        _ path: FilePath, _ descent: borrowing PathDescent
    ) throws(Errno) -> Result<AccessPath, Obstacle> {
        switch descent.end {
        case .missing: return .failure(.missing)
        case .stopped(let place, .symbolicLink, _): return .failure(.symbolicLink(at: place))
        case .stopped(let place, _, let cause): return .failure(.stopped(at: place, cause))
        case .found(let found):
            guard found.state.kind != .symbolicLink else { return .failure(.symbolicLink(at: path)) }
            return .success(
                AccessPath(
                    path: path, node: found.state, barriers: try descent.targetBarriers(),
                    ancestors: descent.ancestors, parentBarriers: try descent.parentBarriers()))
        }
    }
}

extension PathDescent {
    fileprivate borrowing func targetBarriers() throws(Errno) -> Set<AccessBarrier> {
        switch target {
        case .some(let target): try target.barriers()
        case .none: []
        }
    }

    fileprivate borrowing func parentBarriers() throws(Errno) -> Set<AccessBarrier> {
        switch parent {
        case .some(let parent): try parent.barriers()
        case .none: []
        }
    }
}

extension OwnedDescriptor {
    fileprivate func barriers() throws(Errno) -> Set<AccessBarrier> {
        let status = try status()
        let mount = try mountFlags()
        var found: Set<AccessBarrier> = []
        if status.isImmutable { found.insert(.immutable) }
        if status.isAppendOnly { found.insert(.appendOnly) }
        if mount.isReadOnly { found.insert(.readOnlyFileSystem) }
        if mount.restrictions.contains(.noExecution) { found.insert(.noExecution) }
        return found
    }
}
