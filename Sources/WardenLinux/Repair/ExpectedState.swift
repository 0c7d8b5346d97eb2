internal import CLinux
internal import Glibc
internal import SystemPackage
internal import WardenModel

/// A state in the kernel's own bytes, compared with an inode without an allocation.
struct ExpectedState: Sendable {
    private let state: NodeState
    private let access: [UInt8]
    private let inherited: [UInt8]

    init(_ state: NodeState) {
        self.state = state
        access = state.accessList?.attributeBytes ?? []
        inherited = state.defaultList?.attributeBytes ?? []
    }

    /// Whether an open inode is in this state. Works on `O_PATH` descriptors.
    func matches(_ descriptor: borrowing OwnedDescriptor, _ status: clinux_status, _ buffer: AttributeBuffer) -> Bool {
        guard NodeKind(modeBits: status.mode) == state.kind, status.owner == state.owner.rawValue,
            status.group == state.group.rawValue, ModeBits(status.mode) == state.mode,
            Self.matches(access, "system.posix_acl_access", descriptor, buffer)
        else { return false }
        return state.kind != .directory || Self.matches(inherited, "system.posix_acl_default", descriptor, buffer)
    }

    private static func matches(
        _ wanted: [UInt8], _ attribute: StaticString, _ descriptor: borrowing OwnedDescriptor,
        _ buffer: AttributeBuffer
    ) -> Bool {
        let got = buffer.read(attribute, of: descriptor)
        // ENODATA, and EOPNOTSUPP where there are no ACLs at all, both mean "none".
        guard got > 0 else {
            let cause = Errno(rawValue: CInt(-got))
            return wanted.isEmpty && (got == 0 || cause == .noData || cause == .notSupported)
        }
        guard !wanted.isEmpty, let found = unsafe buffer.bytes(got).baseAddress else { return false }
        let isSame = unsafe wanted.withUnsafeBytes { bytes in
            guard got == bytes.count, let base = bytes.baseAddress else { return false }
            return unsafe memcmp(found, base, got) == 0
        }
        if isSame { return true }
        // The kernel keeps named entries in the order they were written in; the list's meaning is the same.
        return AccessList(attribute: unsafe [UInt8](buffer.bytes(got))) == AccessList(attribute: wanted)
    }
}
