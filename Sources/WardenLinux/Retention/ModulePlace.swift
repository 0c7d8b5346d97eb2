internal import CLinux
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// Where the parts of one version stand, with the directory of its download files pinned.
final class ModulePlace {
    let names: ModuleName
    let directory: OwnedDescriptor
    let trees: [ModuleMember]
    let files: [ModuleMember]
    private let treePath: [UInt8]
    private let planned: [[UInt8]: UInt64]
    /// Whether the zip has its other name.
    var isZipAside = false
    /// Names that this process has made.
    var made: Set<[UInt8]> = []

    /// Returns `nil` for members that are no one version's parts: two versions of a hostile cache may share a key.
    init?(_ members: [ModuleMember], below root: PinnedRoot) throws(Errno) {
        files = members.filter { !$0.isTree }
        trees = members.filter(\.isTree)
        guard let names = ModuleName(in: members), let first = files.first,
            files.allSatisfy({ $0.directory == first.directory && names.owns($0.name) }),
            let treePath = names.treePath(besides: first.directory),
            trees.allSatisfy({ $0.path == treePath || $0.path.starts(with: treePath + Array(".tmp-".utf8)) })
        else { return nil }
        self.names = names
        self.treePath = treePath
        planned = Dictionary(files.map { ($0.name, $0.inode) }) { $1 }
        directory = try root.open(first.directory, .directoryPath)
    }

    /// Whether somebody may unpack it, or have it unpacked: then only the lock keeps them away.
    func needsLock() throws(Errno) -> Bool {
        if !trees.isEmpty { return true }
        if try directory.statusOfName(names.zip) != nil { return true }
        return try directory.statusOfName(names.partial) != nil
    }

    /// Returns why the version stays: a part of it was used or made since the plan, or is not what it was.
    func objection(in root: PinnedRoot, _ unusedSince: Int64) throws(Errno) -> KeptReason? {
        let known = [names.info, names.mod, names.zip, names.ziphash, names.lock, names.partial]
        for name in known + files.map(\.name) where !made.contains(name) {
            if let reason = try objection(to: name, in: root, unusedSince) { return reason }
        }
        // Put there without the lock.
        if isZipAside, try directory.statusOfName(names.zip) != nil { return .used }
        for tree in trees {
            guard let status = try Self.status(of: tree.path, in: root) else { return .replaced }
            guard status.inode == tree.inode else { return .replaced }
            if root.refuses(status) || NodeKind(modeBits: status.mode) != .directory { return .refused }
        }
        if trees.contains(where: { $0.path == treePath }) { return nil }
        // Unpacked since.
        return try Self.status(of: treePath, in: root) == nil ? nil : .used
    }

    private func objection(to name: [UInt8], in root: PinnedRoot, _ unusedSince: Int64) throws(Errno) -> KeptReason? {
        let isAside = isZipAside && name == names.zip
        guard let status = try directory.statusOfName(isAside ? names.zipAside : name) else { return nil }
        // Our own file, or its remains; another zip is put in its place.
        if name == names.zipAside, isZipAside { return nil }
        guard let inode = planned[name] else { return .used }
        guard status.inode == inode else { return .replaced }
        if root.refuses(status) || NodeKind(modeBits: status.mode) != .file { return .refused }
        // Made by whoever unpacks, opened by whoever waits, or left by the agent: their times are nobody's use.
        let isSilent = name == names.partial || name == names.lock || name.suffix(16) == ModuleName.aside([])[...]
        return !isSilent && max(status.modified, status.accessed) > unusedSince ? .used : nil
    }

    private static func status(of path: [UInt8], in root: PinnedRoot) throws(Errno) -> clinux_status? {
        let member = ModuleMember(path: path, inode: 0, isTree: true)
        do throws(Errno) {
            return try root.open(member.directory, .directoryPath).statusOfName(member.name)
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }
}

/// A version whose lock this process holds.
package final class HeldModule {
    let place: ModulePlace
    private let lock: OwnedDescriptor
    private static let noReplace: CUnsignedInt = 1  // RENAME_NOREPLACE

    /// Takes the lock with which cmd/go guards the version (`lockVersion`); `nil` where somebody else has it.
    init?(_ place: ModulePlace, in root: PinnedRoot) throws(Errno) {
        self.place = place
        let name = place.names.lock
        var status = try place.directory.statusOfName(name)
        if status == nil {
            try Self.make(name, in: place)
            status = try place.directory.statusOfName(name)
        }
        guard let status, NodeKind(modeBits: status.mode) == .file, !root.refuses(status) else { throw .improperLink }
        let file = try place.directory.openForWriting(name, O_RDWR, mode: 0)
        lock = file
        let number = lock.number
        do throws(Errno) {
            _ = try retrying { clinux_try_lock(number) }
        } catch .wouldBlock {
            return nil
        }
        // Whoever held it before may have removed the name: then it guards nothing any more.
        guard try lock.status().identity.inode == place.directory.statusOfName(name)?.inode else { return nil }
    }

    /// Keeps everybody who comes from now on away from the tree and the zip.
    func closeDoors() throws(Errno) {
        let names = place.names
        if try place.directory.statusOfName(names.partial) == nil {
            try Self.make(names.partial, in: place)
        }
        if try place.directory.statusOfName(names.zip) != nil {
            try place.directory.rename(names.zip, to: names.zipAside)
            place.isZipAside = true
        }
    }

    /// Undoes that.
    func openDoors() throws(Errno) {
        if place.isZipAside {
            do throws(Errno) {
                try place.directory.rename(place.names.zipAside, to: place.names.zip, Self.noReplace)
            } catch .fileExists {
                // Put there without the lock: the newer one is what its maker wants.
                try place.directory.removeName(place.names.zipAside)
            }
            place.isZipAside = false
        }
        if place.made.remove(place.names.partial) != nil { try place.directory.removeName(place.names.partial) }
    }

    /// Asks the kernel whether nobody else has the lock's file open; 0, or a negated `errno`. See `clinux_lease`.
    func lease() -> CInt { clinux_lease(lock.number) }

    /// Removes all download files, the marker and the lock last; `count` is told of each.
    func removeFiles(_ count: (clinux_status) -> Void) throws(Errno) {
        let names = place.names
        let last = [names.partial, names.lock]
        let first = place.files.map(\.name).filter { !last.contains($0) && $0 != names.zip && $0 != names.zipAside }
        for name in [names.zipAside] + first + [names.partial] { try remove(name, count) }
        // Who waits for the lock has its file open, and would hold it beside whoever makes it anew.
        if clinux_lease_holds(lock.number) == 1 { try remove(names.lock, count) }
    }

    private func remove(_ name: [UInt8], _ count: (clinux_status) -> Void) throws(Errno) {
        guard let status = try place.directory.statusOfName(name) else { return }
        do throws(Errno) {
            try place.directory.removeName(name)
            if !place.made.contains(name) { count(status) }
        } catch .noSuchFileOrDirectory {
            // Gone is what was wanted.
        }
    }

    /// Makes an empty file with the owner and the mode of the version's other files, which take effect together with
    /// its name: a build must be able to open it, whoever runs the agent. A default ACL does the rest.
    private static func make(_ name: [UInt8], in place: ModulePlace) throws(Errno) {
        let temporary = ModuleName.aside(name)
        if try place.directory.statusOfName(temporary) != nil { try place.directory.removeName(temporary) }
        var model: clinux_status?
        for member in place.files where model == nil { model = try place.directory.statusOfName(member.name) }
        let file = try place.directory.openForWriting(temporary, O_RDWR | O_CREAT | O_EXCL, mode: 0o666)
        if let model {
            let own = try file.status().raw
            if own.owner != model.owner || own.group != model.group {
                try file.setOwnership(UserID(model.owner), GroupID(model.group))
            }
            try file.setMode(ModeBits(model.mode & 0o666))
        }
        try place.directory.rename(temporary, to: name, noReplace)
        place.made.insert(name)
    }
}
