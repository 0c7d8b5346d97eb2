internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// One change, made ready once and carried out on as many inodes as it is meant for.
///
/// Every inode is pinned by a descriptor, recognised by its inode number, checked for the state the plan rests on,
/// changed through the descriptor alone, and read back (threat-model.md, section 5). Names are used once, to pin.
package final class PreparedRepair: Sendable {
    package typealias Proof = (borrowing OwnedDescriptor) throws(Errno) -> Bool

    private let before: ExpectedState?
    private let after: ExpectedState
    private let steps: StepList

    /// Makes libacl's lists. Throws `.invalidArgument` for a list that no kernel would take.
    package init(_ change: Change) throws(Errno) {
        before = change.before.map(ExpectedState.init)
        after = ExpectedState(change.after)
        steps = try StepList(change.steps)
    }

    /// Repairs one name in a pinned directory; an empty name is the directory itself.
    ///
    /// - Parameters:
    ///   - root: The cache root: what is on another mount is refused.
    ///   - inode: The inode the plan speaks of; 0 for one that was just made.
    ///   - proof: Asked last, with the file open for reading, whether others may get to read it; `nil` where they could
    ///     before.
    package func perform(
        on name: ArraySlice<UInt8>, inode: UInt64, in directory: borrowing OwnedDescriptor, of root: PinnedRoot,
        with buffer: AttributeBuffer, proof: Proof? = nil
    ) -> Outcome {
        // "Up" is the one name that leads out of a pinned directory.
        guard !name.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) else { return .skipped(.refused) }
        do throws(Errno) {
            let last = name.isEmpty ? [UInt8(ascii: ".")] : Array(name)
            let target = try proof == nil ? pin(last, in: directory) : directory.openChild(last, .quietFile)
            var status = clinux_status()
            try target.read(&status)
            guard inode == 0 || status.inode == inode else { return .skipped(.replaced) }
            guard status.mount == root.mount, status.device == root.identity.device else { return .skipped(.refused) }
            if NodeKind(modeBits: status.mode) == .file, status.links != 1 {
                return .skipped(status.links == 0 ? .vanished : .refused)
            }
            if let before, !before.matches(target, status, buffer) { return .skipped(.changed) }
            if let proof, try !proof(target) { return .skipped(.unproven) }
            if let failure = steps.failure(on: target) { return failure }
            try target.read(&status)
            return after.matches(target, status, buffer) ? .applied : .skipped(.notVerified)
        } catch .noSuchFileOrDirectory {
            return .skipped(.vanished)
        } catch .interrupted {
            // By the proof: calls that a signal cuts short are made again.
            return .skipped(.interrupted)
        } catch {
            return .failed(operation: "open", error)
        }
    }
}

extension PreparedRepair {
    /// Opens a name for repair.
    ///
    /// Calls on a readable descriptor take two thirds of the time of those through `/proc/self/fd`, so regular files and
    /// directories are opened for reading. Anything else is pinned by `O_PATH`, which has no side effect: a FIFO or a
    /// device is looked at first and never opened. What takes a file's place in between cannot hold the open up
    /// (`O_NONBLOCK`, `O_NOFOLLOW`) and is told by its inode afterwards. What may not be read, by its owner's own mode,
    /// is pinned by `O_PATH` too.
    private func pin(_ name: [UInt8], in directory: borrowing OwnedDescriptor) throws(Errno) -> OwnedDescriptor {
        let kind = try directory.kind(of: name)
        do throws(Errno) {
            return try directory.openChild(name, kind == .file || kind == .directory ? .file : .path)
        } catch {
            switch error {
            case .noSuchFileOrDirectory: throw error
            default: return try directory.openChild(name, .path)
            }
        }
    }
}

/// The steps of a change with libacl's lists already made.
private final class StepList: Sendable {
    private let steps: [ChangeStep]
    private let access: SharedHandle?
    private let inherited: SharedHandle?

    init(_ steps: [ChangeStep]) throws(Errno) {
        self.steps = steps
        var access: SharedHandle?
        var inherited: SharedHandle?
        for step in steps {
            if case .setAccessList(let list) = step { access = try SharedHandle(list) }
            if case .setDefaultList(let list) = step { inherited = try SharedHandle(list) }
        }
        self.access = access
        self.inherited = inherited
    }

    /// Carries out every step on a pinned inode; returns what stopped it.
    func failure(on target: borrowing OwnedDescriptor) -> Outcome? {
        for step in steps {
            do throws(Errno) {
                try perform(step, on: target)
            } catch {
                return .failed(operation: step.operation, error)
            }
        }
        return nil
    }

    private func perform(_ step: ChangeStep, on target: borrowing OwnedDescriptor) throws(Errno) {
        switch step {
        case .createDirectory: try target.removeInheritedLists()
        case .narrowMode(let mode), .setMode(let mode): try target.setMode(mode)
        case .setOwnership(let owner, let group): try target.setOwnership(owner, group)
        case .setAccessList: if let access { try target.setAccessList(access.handle) }
        case .setDefaultList: if let inherited { try target.setDefaultList(inherited.handle) }
        case .removeDefaultList: try target.removeDefaultList()
        }
    }
}

/// A handle that several threads read.
private final class SharedHandle: Sendable {
    let handle: ACLHandle

    init(_ list: AccessList) throws(Errno) { handle = try ACLHandle(list) }
}

extension ChangeStep {
    /// What the step does, an infinitive.
    package var operation: String {
        switch self {
        case .createDirectory: "make"
        case .narrowMode, .setMode: "set mode of"
        case .setOwnership: "set owner and group of"
        case .setAccessList: "set ACL of"
        case .setDefaultList: "set default ACL of"
        case .removeDefaultList: "remove default ACL of"
        }
    }
}

extension OwnedDescriptor {
    /// Corresponds to `fchmodat2(2)` with `AT_EMPTY_PATH`.
    func setMode(_ mode: ModeBits) throws(Errno) {
        let file = number
        _ = try retrying { clinux_chmod(file, mode_t(mode.rawValue)) }
    }

    /// Corresponds to `fchownat(2)` with `AT_EMPTY_PATH`; `nil` keeps.
    func setOwnership(_ owner: UserID?, _ group: GroupID?) throws(Errno) {
        let file = number
        // 4294967295 means "keep" to the kernel; no account has it (AccessList.invalidID).
        _ = try retrying { clinux_chown(file, owner?.rawValue ?? .max, group?.rawValue ?? .max) }
    }

    /// Takes away what a new directory has from its parent's default list; where there are no ACLs, nothing.
    func removeInheritedLists() throws(Errno) {
        do throws(Errno) {
            try removeDefaultList()
            try setAccessList(ACLHandle(AccessList(mode: try status().mode)))
        } catch .notSupported {
            return
        }
    }

    /// Makes a directory in this one, for its maker alone, and pins it. Corresponds to `mkdirat(2)` with 0700.
    package func makeDirectory(_ name: [UInt8]) throws(Errno) -> OwnedDescriptor {
        let directory = number
        _ = try unsafe withCString(name) { name throws(Errno) in
            try retrying { unsafe clinux_mkdirat(directory, name, 0o700) }
        }
        return try openChild(name, .directory)
    }

    func read(_ status: inout clinux_status) throws(Errno) {
        let file = number
        _ = try retrying { unsafe clinux_status(file, "", &status) }
    }
}
