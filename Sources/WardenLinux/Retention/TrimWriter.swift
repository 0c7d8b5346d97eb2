internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// Writes `trim.txt` as cmd/go does: in place, under its lock, unix seconds in decimal (`lockedfile.Write`).
package struct TrimWriter: Sendable {
    package enum Outcome: Sendable {
        case written
        /// Somebody trims or writes right now: they say what we would have said.
        case locked
        /// A link, or a file with more names than one: never followed, never written.
        case refused
    }

    private let root: PinnedRoot
    private static let name = Array("trim.txt".utf8)

    package init(root: PinnedRoot) { self.root = root }

    /// Writes the moment. Where the file is missing it is made in this state first.
    package func write(_ refresh: TrimRefresh) throws(Errno) -> Outcome {
        let file: OwnedDescriptor
        do throws(Errno) {
            guard let opened = try open(refresh) else { return .refused }
            file = opened
        } catch .tooManySymbolicLinkLevels {
            return .refused
        }
        let status = try file.status()
        guard status.kind == .file, status.links == 1 else { return .refused }
        do throws(Errno) {
            let number = file.number
            _ = try retrying { clinux_try_lock(number) }
        } catch .resourceTemporarilyUnavailable {
            return .locked
        }
        // Cut afterwards, as Go does: a reader in between sees a number, and never none.
        let text = Array(String(refresh.moment).utf8)
        try file.write(text)
        try file.truncate(to: UInt64(text.count))
        return .written
    }

    private func open(_ refresh: TrimRefresh) throws(Errno) -> OwnedDescriptor? {
        // A FIFO or a device is told by its kind, before it is opened.
        do throws(Errno) {
            guard try root.descriptor.kind(of: Self.name) == .file else { return nil }
            return try root.descriptor.openForWriting(Self.name, O_RDWR | O_NONBLOCK | O_NOCTTY, mode: 0)
        } catch .noSuchFileOrDirectory {
            guard let wanted = refresh.making else { throw .noSuchFileOrDirectory }
            return try make(wanted)
        }
    }

    private func make(_ wanted: NodeState) throws(Errno) -> OwnedDescriptor {
        let file = try root.descriptor.openForWriting(Self.name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        let status = try file.status()
        if status.raw.owner != wanted.owner.rawValue || status.raw.group != wanted.group.rawValue {
            try file.setOwnership(wanted.owner, wanted.group)
        }
        try file.setMode(wanted.mode)
        if let list = wanted.accessList { try file.setAccessList(ACLHandle(list)) }
        return file
    }
}
