internal import CLinux
internal import Glibc
internal import SystemPackage
package import WardenModel

/// Removes whole versions from a module cache in use, in the order that keeps it valid for `go` at every moment.
///
/// First the version's doors are closed, under the lock with which cmd/go guards downloading and unpacking: the
/// `.partial` marker makes everybody who comes take the tree for not unpacked, and the zip is put aside, so that they
/// come to the lock, and wait. The tree itself stays where it is for those who came before. Then everything is looked
/// at once more. Who came before has read the `.ziphash`, as cmd/go always does, or holds the lock's file open; then the
/// doors are opened again, and nobody has noticed. Only otherwise the version goes: its tree, its files, the marker, the
/// lock. The article ModuleCache says what a crash leaves.
package final class ModuleRemover {
    package enum Closing {
        case held(HeldModule)
        /// Nothing to wait for.
        case ended(ModuleRemoval)
    }

    let root: PinnedRoot
    /// Nanoseconds since the epoch, rounded as in the inventory: what was used later stays.
    let unusedSince: Int64
    private let files: EntryRemover

    /// Used by one thread.
    ///
    /// - Parameter unusedSince: Seconds since the epoch: what was used then or later stays.
    package init(root: PinnedRoot, unusedSince: UInt32) {
        self.root = root
        self.unusedSince = (Int64(unusedSince) - 1) * 1_000_000_000
        files = EntryRemover(root: root, unusedSince: unusedSince)
    }

    /// Closes a version's doors; nothing is removed yet.
    ///
    /// What has neither a tree nor a zip needs no doors, and goes at once.
    package func close(_ members: [ModuleMember]) -> Closing {
        do throws(Errno) {
            guard let place = try ModulePlace(members, below: root) else {
                return .ended(ModuleRemoval(.kept(.refused)))
            }
            if let reason = try place.objection(in: root, unusedSince) { return .ended(ModuleRemoval(.kept(reason))) }
            guard try place.needsLock() else { return .ended(removeFiles(place)) }
            guard let held = try HeldModule(place, in: root) else { return .ended(ModuleRemoval(.kept(.open))) }
            do throws(Errno) {
                try held.closeDoors()
            } catch {
                return .ended(reopen(held, .failed(operation: "close the doors of", error)))
            }
            return .held(held)
        } catch {
            return .ended(Self.refused(error, "lock"))
        }
    }

    /// Looks at a closed version once more, and removes it, or opens its doors again.
    ///
    /// - Parameter hasBuilds: Whether a build runs on the cache. Then the version goes only where the kernel can say that
    ///   nobody waits for its lock.
    package func finish(_ held: HeldModule, hasBuilds: Bool) -> ModuleRemoval {
        let lease = held.lease()
        if lease == -Errno.resourceTemporarilyUnavailable.rawValue { return reopen(held, .kept(.open)) }
        if lease < 0, hasBuilds { return reopen(held, .kept(.waiting)) }
        var tree = ModuleTree(root: root, unusedSince: unusedSince)
        do throws(Errno) {
            if let reason = try held.place.objection(in: root, unusedSince) { return reopen(held, .kept(reason)) }
            for member in held.place.trees {
                let parent = try root.open(member.directory, .directoryPath)
                let top = try parent.openQuietly(member.name)
                if let reason = try tree.objection(in: top) { return reopen(held, .kept(reason)) }
            }
        } catch {
            return reopen(held, .failed(operation: "look at", error))
        }
        return remove(held, tree)
    }

    /// Opens a version's doors again: it stays.
    package func reopen(_ held: HeldModule, because reason: KeptReason) -> ModuleRemoval {
        reopen(held, .kept(reason))
    }

    private func reopen(_ held: HeldModule, _ removal: Removal) -> ModuleRemoval {
        do throws(Errno) {
            try held.openDoors()
            return ModuleRemoval(removal)
        } catch {
            // Go unpacks and downloads it again: it is valid, and only slower.
            return ModuleRemoval(.failed(operation: "put back", error))
        }
    }

    /// Removes the tree while the marker says that it is not whole, then the files, the marker and the lock last.
    private func remove(_ held: HeldModule, _ looked: ModuleTree) -> ModuleRemoval {
        var tree = looked
        var count = 0
        var blocks: UInt64 = 0
        do throws(Errno) {
            for member in held.place.trees {
                let parent = try root.open(member.directory, .directoryPath)
                let top = try parent.openQuietly(member.name)
                guard try top.status().identity.inode == member.inode else { throw .fileExists }
                try tree.clear(top)
                try parent.removeName(member.name, AT_REMOVEDIR)
            }
            count += looked.files
            blocks += looked.blocks
            try held.removeFiles { status in
                count += 1
                blocks += status.blocks
            }
            let size = ByteCount(blocks &* 512)
            return ModuleRemoval(.removed(size), files: count, freed: size)
        } catch {
            return ModuleRemoval(.failed(operation: "remove", error), files: count, freed: ByteCount(blocks &* 512))
        }
    }

    /// Removes the files of a version that nobody can have unpacked: `.info` and `.mod` alone mean nothing to each other.
    private func removeFiles(_ place: ModulePlace) -> ModuleRemoval {
        var count = 0
        var freed = ByteCount.zero
        var first: Removal?
        for member in place.files {
            switch files.remove(member.name[...], .plain, inode: member.inode, in: place.directory) {
            case .removed(let size), .removedUnproven(let size):
                count += 1
                freed += size
            case .vanished: break
            case let other: first = first ?? other
            }
        }
        return ModuleRemoval(first ?? .removed(freed), files: count, freed: freed)
    }

    private static func refused(_ cause: Errno, _ operation: String) -> ModuleRemoval {
        switch cause {
        case .noSuchFileOrDirectory: ModuleRemoval(.vanished)
        // Somebody holds a lease on the lock's file.
        case .wouldBlock: ModuleRemoval(.kept(.open))
        case .tooManySymbolicLinkLevels, .notDirectory, .improperLink: ModuleRemoval(.kept(.refused))
        default: ModuleRemoval(.failed(operation: operation, cause))
        }
    }
}
