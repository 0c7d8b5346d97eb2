internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// What became of one name that was to be removed.
package enum Removal: Sendable {
    /// Removed, and the kernel said that nobody had it open: nobody holds what it says. An action's lease is held, and
    /// asked for waiting readers before what the action names is removed.
    case removed(ByteCount)
    /// Removed, and somebody may have been about to read it: what an action names must stay.
    case removedUnproven(ByteCount)
    case kept(KeptReason)
    case vanished
    case failed(operation: String, Errno)
}

/// Removes entries of a cache in use: nothing that somebody may be about to use, nothing that was used since a moment.
///
/// A write lease (`fcntl(2)`, `F_SETLEASE`) is the kernel's word that nobody else has the file open, and keeps every
/// later `open(2)` waiting while the entry's times are looked at once more and its name is removed. So a reader either
/// came before, and has moved the atime that is looked at, or finds no name. The leases of removed actions are held until
/// what they name has gone too: an `open(2)` that had found the name before it went, and was only then let in, waits or is
/// seen. Where leases are not to be had (others' files without `CAP_LEASE`, some file systems) the entry goes without that
/// proof, and says so.
@safe package final class EntryRemover {
    private let root: PinnedRoot
    /// Seconds since the epoch: what was used then or later stays.
    private let unusedSince: Int64
    private let scratch = NameScratch()
    private let listing = NameBuffer()
    /// Descriptors of removed actions whose leases still hold the door.
    private var held: [CInt] = []
    /// An honest output has a few actions; the one without content may have thousands.
    private static let mostHeld = 64

    /// Used by one thread.
    package init(root: PinnedRoot, unusedSince: UInt32) {
        self.root = root
        self.unusedSince = Int64(unusedSince)
    }

    /// Removes one name of a pinned directory.
    ///
    /// - Parameter inode: What the plan speaks of; another one is kept.
    package func remove(
        _ name: ArraySlice<UInt8>, _ kind: InventoryEntry.Kind, inode: UInt64, in directory: borrowing OwnedDescriptor
    ) -> Removal {
        // A short name is looked at byte by byte; no entry has one.
        guard name.count > 2 || !name.allSatisfy({ $0 == UInt8(ascii: ".") }), !name.contains(UInt8(ascii: "/")) else {
            return .kept(.refused)
        }
        if kind == .executable { return removeExecutable(Array(name), inode: inode, in: directory) }
        return unsafe scratch.withName(name) {
            kind == .output
                ? unsafe removeOutput($0, inode: inode, in: directory)
                : unsafe removeFile($0, inode: inode, in: directory, isIndex: kind == .action || kind == .damagedAction)
        }
    }

    deinit { endUnit() }

    /// Lets go of the actions of a unit whose turn is over.
    package func endUnit() {
        for number in held { close(number) }
        held.removeAll(keepingCapacity: true)
    }

    /// Whether nobody is waiting to open one of the removed actions.
    private var isUnasked: Bool { held.allSatisfy { clinux_lease_holds($0) == 1 } }

    // MARK: - Files

    private func removeFile(
        _ name: UnsafePointer<CChar>, inode: UInt64, in directory: borrowing OwnedDescriptor, isIndex: Bool
    ) -> Removal {
        let flags = OpenFlags.noAccessTime | OpenFlags.noFollow | OpenFlags.nonBlocking
        let number = unsafe clinux_openat(directory.number, name, flags, 0)
        guard number >= 0 else { return Self.refusedOpen(Errno(rawValue: -number)) }
        var isHeld = false
        defer { if !isHeld { close(number) } }
        let lease = clinux_lease(number)
        var status = clinux_status()
        let code = unsafe clinux_status(number, "", &status)
        guard code == 0 else { return .failed(operation: "look at", Errno(rawValue: -code)) }
        if let reason = reasonToKeep(status, .file, inode: inode) { return .kept(reason) }
        if lease == -Errno.resourceTemporarilyUnavailable.rawValue { return .kept(.open) }
        guard !wasUsed(status) else { return .kept(.used) }
        // Somebody waits to execute it, or to open an action that names it.
        if !isIndex, (lease == 0 && clinux_lease_holds(number) == 0) || !isUnasked { return .kept(.open) }
        let removed = unsafe clinux_unlinkat(directory.number, name, 0)
        guard removed == 0 else { return Self.refusedRemoval(Errno(rawValue: -removed)) }
        let size = ByteCount(status.blocks &* 512)
        guard isIndex else { return .removed(size) }
        // Who waits to open an action gets it, though its name is gone: before the output goes its lease is asked.
        guard lease == 0, held.count < Self.mostHeld else { return .removedUnproven(size) }
        held.append(number)
        isHeld = true
        return .removed(size)
    }

    /// Removes an output that nobody can find any more, and whose content nobody has compared with its own since.
    ///
    /// It needs no lease: who has it open keeps it, and who was about to open it has the lease of an action asked for.
    private func removeOutput(
        _ name: UnsafePointer<CChar>, inode: UInt64, in directory: borrowing OwnedDescriptor
    ) -> Removal {
        var status = clinux_status()
        let code = unsafe clinux_status(directory.number, name, &status)
        guard code == 0 else {
            let cause = Errno(rawValue: -code)
            return cause == .noSuchFileOrDirectory ? .vanished : .failed(operation: "look at", cause)
        }
        if let reason = reasonToKeep(status, .file, inode: inode) { return .kept(reason) }
        guard !wasUsed(status) else { return .kept(.used) }
        guard isUnasked else { return .kept(.open) }
        let removed = unsafe clinux_unlinkat(directory.number, name, 0)
        return removed == 0 ? .removed(ByteCount(status.blocks &* 512)) : Self.refusedRemoval(Errno(rawValue: -removed))
    }

    private func reasonToKeep(_ status: clinux_status, _ kind: NodeKind, inode: UInt64) -> KeptReason? {
        guard NodeKind(modeBits: status.mode) == kind else { return .replaced }
        guard inode == 0 || status.inode == inode else { return .replaced }
        guard status.mount == root.mount, status.device == root.identity.device else { return .refused }
        return kind == .file && status.links != 1 ? (status.links == 0 ? .replaced : .refused) : nil
    }

    private func wasUsed(_ status: clinux_status) -> Bool {
        // Rounded up as in the inventory.
        max(status.modified, status.accessed) > (unusedSince - 1) * 1_000_000_000
    }

    private static func refusedOpen(_ cause: Errno) -> Removal {
        switch cause {
        case .noSuchFileOrDirectory: .vanished
        case .tooManySymbolicLinkLevels, .isDirectory, .noSuchAddressOrDevice: .kept(.replaced)
        // Somebody else's lease.
        case .resourceTemporarilyUnavailable: .kept(.open)
        default: .failed(operation: "open", cause)
        }
    }

    private static func refusedRemoval(_ cause: Errno) -> Removal {
        switch cause {
        case .noSuchFileOrDirectory: .vanished
        case .isDirectory: .kept(.replaced)
        default: .failed(operation: "remove", cause)
        }
    }

    // MARK: - Executables

    /// Removes a directory that holds one executable: first the file, then the directory.
    ///
    /// A file that is being executed has no lease to give, and is kept.
    private func removeExecutable(
        _ name: [UInt8], inode: UInt64, in directory: borrowing OwnedDescriptor
    ) -> Removal {
        do throws(Errno) {
            let inside = try directory.openQuietly(name)
            var status = clinux_status()
            try inside.read(&status)
            if let reason = reasonToKeep(status, .directory, inode: inode) { return .kept(reason) }
            guard status.modified <= (unusedSince - 1) * 1_000_000_000 else { return .kept(.used) }
            var size = ByteCount(status.blocks &* 512)
            switch try onlyName(in: inside) {
            case .none: break
            case .many: return .kept(.refused)
            case .one(let file):
                let removal = unsafe scratch.withName(file[...]) {
                    unsafe removeFile($0, inode: 0, in: inside, isIndex: false)
                }
                guard case .removed(let inner) = removal.provenOrNot else { return removal }
                size += inner
            }
            return try removeDirectory(name, in: directory, size)
        } catch .noSuchFileOrDirectory {
            return .vanished
        } catch .tooManySymbolicLinkLevels, .notDirectory {
            return .kept(.replaced)
        } catch {
            return .failed(operation: "remove", error)
        }
    }

    private enum Names {
        case none
        case one([UInt8])
        case many
    }

    private func onlyName(in directory: borrowing OwnedDescriptor) throws(Errno) -> Names {
        var names = Names.none
        while try listing.fill(from: directory) {
            while let record = unsafe try listing.next() {
                guard case .none = names else { return .many }
                names = .one(unsafe record.withName { name in name.indices.map { name[$0] } })
            }
        }
        return names
    }

    private func removeDirectory(
        _ name: [UInt8], in directory: borrowing OwnedDescriptor, _ size: ByteCount
    ) throws(Errno) -> Removal {
        let code = unsafe scratch.withName(name[...]) { unsafe clinux_unlinkat(directory.number, $0, AT_REMOVEDIR) }
        guard code < 0 else { return .removed(size) }
        switch Errno(rawValue: -code) {
        // A build has put its executable there again.
        case .directoryNotEmpty, .fileExists: return .kept(.used)
        default: throw Errno(rawValue: -code)
        }
    }
}

extension Removal {
    /// An output needs no proof of its own: what leads to it is gone already.
    fileprivate var provenOrNot: Removal {
        if case .removedUnproven(let size) = self { .removed(size) } else { self }
    }
}

extension OwnedDescriptor {
    /// Opens a directory for listing, without moving its atime where that may be asked for.
    package func openQuietly(_ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        do throws(Errno) {
            return try openChild(name, .quietDirectory)
        } catch .notPermitted {
            return try openChild(name, .directory)
        }
    }
}
