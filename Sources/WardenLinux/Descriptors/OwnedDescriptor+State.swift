internal import CLinux
package import SystemPackage
package import WardenModel

/// An inode at one moment: what a repair may change, and what tells it from every other.
package struct NodeReading: Sendable {
    package let status: NodeStatus
    package let state: NodeState
}

extension OwnedDescriptor {
    /// Reads everything a policy speaks of from the open inode. Works on `O_PATH` descriptors.
    ///
    /// Throws `.invalidArgument` for an ACL that no kernel writes. A file system without ACLs has none, which is no
    /// error.
    package func reading() throws(Errno) -> NodeReading {
        let status = try status()
        var state = NodeState(
            kind: status.kind, owner: UserID(status.raw.owner), group: GroupID(status.raw.group), mode: status.mode)
        guard state.kind == .file || state.kind == .directory else { return NodeReading(status: status, state: state) }
        do throws(Errno) {
            state.accessList = try accessList()
            if state.kind == .directory { state.defaultList = try defaultList() }
        } catch .notSupported {
            return NodeReading(status: status, state: state)
        }
        return NodeReading(status: status, state: state)
    }

    /// Whether the file system stores POSIX ACLs. Corresponds to `getxattr(2)` answering `EOPNOTSUPP`.
    package func supportsACLs() throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try accessList()
            return true
        } catch .notSupported {
            return false
        }
    }
}
