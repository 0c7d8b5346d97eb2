package import SystemPackage
package import WardenModel

/// The way from the top of the file system to a cache root, name by name, each directory pinned before the next.
///
/// No link is followed, not even one that root made: the policy names the real path (threat-model.md, TH5, TH7).
package struct PathDescent: ~Copyable {
    /// Where the way ends.
    package enum End: Sendable {
        case found(NodeReading)
        /// The last name is not there; everything above is.
        case missing
        /// A name above the last is missing, is no directory or a link, or may not be searched.
        case stopped(at: FilePath, NodeKind?, Errno)
    }

    /// Every directory above the last name, `/` first.
    package let ancestors: [AncestorObservation]
    package let end: End
    /// The directory that holds the last name, pinned; `nil` where the way stopped before it.
    package let parent: OwnedDescriptor?
    /// What was found, opened by `O_PATH`.
    package let target: OwnedDescriptor?
    /// The last name of the path.
    private let name: [UInt8]

    /// Goes from `top` (the file system's root, or what stands for it) to `path`.
    ///
    /// Throws `.invalidArgument` for a path that is relative, `/` itself, or leads up by `..`.
    package init(to path: FilePath, from top: FilePath) throws(Errno) {
        let names = path.components.map { Array($0.string.utf8) }
        guard path.isAbsolute, !names.isEmpty, !path.components.contains(where: { $0.kind == .parentDirectory }) else {
            throw .invalidArgument
        }
        var current = try openDirectory(top)
        var reached = FilePath("/")
        var ancestors: [AncestorObservation] = []
        var stop: End?
        for (index, name) in names.enumerated() {
            do throws(Errno) {
                ancestors.append(try AncestorObservation(path: reached, node: current.reading().state))
                guard index < names.count - 1 else { break }
                let next = try current.openChild(name, .path)
                let kind = try next.status().kind
                reached.append(path.components[path.components.index(path.components.startIndex, offsetBy: index)])
                guard kind == .directory else {
                    stop = .stopped(
                        at: reached, kind, kind == .symbolicLink ? .tooManySymbolicLinkLevels : .notDirectory)
                    break
                }
                current = next
            } catch {
                let component = path.components.index(path.components.startIndex, offsetBy: index)
                stop = .stopped(at: reached.appending(path.components[component]), nil, error)
                break
            }
        }
        self.ancestors = ancestors
        name = names[names.count - 1]
        if let stop {
            end = stop
            parent = nil
            target = nil
            return
        }
        do throws(Errno) {
            let found = try current.openChild(name, .path)
            end = .found(try found.reading())
            target = consume found
        } catch .noSuchFileOrDirectory {
            end = .missing
            target = nil
        } catch {
            end = .stopped(at: path, nil, error)
            target = nil
        }
        parent = consume current
    }
}

extension PathDescent {
    /// Opens the directory that was found for reading and pins it; throws what stopped the way to it.
    package borrowing func pinTarget(resolution: PinnedRoot.Resolution = .kernel) throws(Errno) -> PinnedRoot {
        switch target {
        case .some(let found): return try PinnedRoot(try found.openChild(".", .directory), resolution: resolution)
        case .none: throw obstacle
        }
    }

    /// Makes the last directory of the path, for its maker alone, and pins it.
    ///
    /// Throws `.fileExists` where something stands there by now. Corresponds to `mkdirat(2)` in the pinned parent.
    package borrowing func makeTarget() throws(Errno) -> PinnedRoot {
        switch parent {
        case .some(let parent): return try PinnedRoot(try parent.makeDirectory(name))
        case .none: throw obstacle
        }
    }

    private var obstacle: Errno {
        if case .stopped(_, _, let cause) = end { cause } else { .noSuchFileOrDirectory }
    }
}

/// Opens the directory that stands for `/`. The path is the operator's own: links in it are followed.
func openDirectory(_ top: FilePath) throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(adopting: try FileDescriptor.openDirectory(top))
}

extension FileDescriptor {
    /// Opens a directory by a path of the operator's own choosing, following links in it.
    fileprivate static func openDirectory(_ path: FilePath) throws(Errno) -> FileDescriptor {
        do {
            return try open(path, .readOnly, options: [.directory, .closeOnExec])
        } catch let error as Errno {
            throw error
        } catch {
            throw .ioError
        }
    }
}
