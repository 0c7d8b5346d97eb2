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
    /// Throws `.badMessage` for an ACL that no kernel writes. A file system without ACLs has none, which is no error.
    package func reading() throws(Errno) -> NodeReading {
        let status = try status()
        var state = NodeState(
            kind: status.kind, owner: UserID(status.raw.owner), group: GroupID(status.raw.group), mode: status.mode)
        guard state.kind == .file || state.kind == .directory else { return NodeReading(status: status, state: state) }
        state.accessList = try list("system.posix_acl_access")
        if state.kind == .directory { state.defaultList = try list("system.posix_acl_default") }
        return NodeReading(status: status, state: state)
    }

    /// Whether the file system stores POSIX ACLs. Corresponds to `getxattr(2)` answering `EOPNOTSUPP`.
    package func supportsACLs() throws(Errno) -> Bool {
        do throws(Errno) {
            _ = try list("system.posix_acl_access")
            return true
        } catch .notSupported {
            return false
        }
    }

    private func list(_ attribute: StaticString) throws(Errno) -> AccessList? {
        let buffer = AttributeBuffer()
        let empty: [CChar] = [0]
        // The buffer's address holds only inside the closure; the answer is a number.
        let got = unsafe empty.withUnsafeBufferPointer { name in
            guard let base = name.baseAddress else { return -Int(Errno.invalidArgument.rawValue) }
            return unsafe buffer.read(attribute, of: base, in: self)
        }
        guard got < 0 else {
            guard let list = AccessList(attribute: unsafe Array(buffer.bytes(got))) else { throw .badMessage }
            return list
        }
        switch Errno(rawValue: CInt(-got)) {
        case .noData: return nil
        case let error: throw error
        }
    }
}
