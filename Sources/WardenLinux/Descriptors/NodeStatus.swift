internal import CLinux
internal import SystemPackage
package import WardenModel

/// What the kernel says of an inode. Corresponds to `statx(2)` without following links.
package struct NodeStatus: Sendable {
    var raw: clinux_status

    /// Reads the status of what is open.
    init(_ descriptor: borrowing OwnedDescriptor) throws(Errno) {
        raw = clinux_status()
        try descriptor.read(&raw)
    }

    package var identity: InodeIdentity { InodeIdentity(device: raw.device, inode: raw.inode) }
    package var kind: NodeKind { NodeKind(modeBits: raw.mode) }
    package var mode: ModeBits { ModeBits(raw.mode) }
    package var links: Int { Int(raw.links) }
    package var isMountRoot: Bool { raw.isMountRoot }
    /// `chattr +i`: nobody changes it.
    package var isImmutable: Bool { raw.attributes & 0x10 != 0 }
    /// `chattr +a`: writing adds to its end.
    package var isAppendOnly: Bool { raw.attributes & 0x20 != 0 }
}

extension clinux_status {
    /// `STATX_ATTR_MOUNT_ROOT` of `statx(2)`.
    var isMountRoot: Bool { attributes & 0x2000 != 0 }
}

extension OwnedDescriptor {
    /// Returns what one name in this directory is, without opening it.
    func kind(of name: [UInt8]) throws(Errno) -> NodeKind {
        let directory = number
        var status = clinux_status()
        _ = try unsafe withCString(name) { name throws(Errno) in
            try retrying { unsafe clinux_status(directory, name, &status) }
        }
        return NodeKind(modeBits: status.mode)
    }
}

extension NodeKind {
    /// Returns the kind that the upper bits of `st_mode` stand for (`inode(7)`).
    init(modeBits: UInt16) {
        switch modeBits & 0o170000 {
        case 0o100000: self = .file
        case 0o040000: self = .directory
        case 0o120000: self = .symbolicLink
        case 0o010000: self = .fifo
        case 0o140000: self = .socket
        case 0o020000: self = .characterDevice
        case 0o060000: self = .blockDevice
        default: self = .unknown
        }
    }
}

extension NodeStatus {
    /// Returns what `explain` says of an inode.
    package func observation(at path: RelativePath, role: EntryRole) -> EntryObservation {
        EntryObservation(
            path: path, role: role, kind: kind, inode: raw.inode, owner: UserID(raw.owner),
            group: GroupID(raw.group), mode: mode, links: links, size: ByteCount(raw.size),
            allocated: ByteCount(raw.blocks &* 512), modified: Timestamp(nanoseconds: raw.modified),
            accessed: Timestamp(nanoseconds: raw.accessed))
    }
}

extension Timestamp {
    /// Returns the moment so many nanoseconds after the epoch, or before it.
    init(nanoseconds: Int64) {
        let rest = nanoseconds % 1_000_000_000
        let seconds = nanoseconds / 1_000_000_000 - (rest < 0 ? 1 : 0)
        self.init(seconds: seconds, nanoseconds: UInt32(rest < 0 ? rest + 1_000_000_000 : rest))
    }
}
