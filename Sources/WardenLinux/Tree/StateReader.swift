internal import CLinux
internal import SystemPackage
internal import WardenModel

/// Finds out and counts the permission states of names, each thread with its own.
struct StateReader: ~Copyable {
    private let mount: UInt64
    private let device: UInt64
    private let attribute = AttributeBuffer()
    private var readsACLs: Bool
    var states: StateTable

    init(of root: PinnedRoot, asking question: TreeQuestion) {
        mount = root.mount
        device = root.identity.device
        readsACLs = question.accessLists == .all
        states = StateTable(demand: question.demand)
    }

    /// Returns why an inode is never touched, whatever its name.
    func refusal(of status: clinux_status, _ kind: NodeKind, in context: DirectoryContext) -> Refusal? {
        if status.isMountRoot || status.mount != mount || status.device != device { return .foreignMount }
        if kind == .directory { return context.depth + 1 >= TreeQuestion.maximumDepth ? .tooDeep : nil }
        // Below a stranger nothing is ours to judge; the stranger itself is reported.
        guard context.role != .stranger else { return nil }
        switch kind {
        case .file:
            if status.links != 1 { return .hardLink }
            return status.mode & 0o6000 != 0 ? .setID : nil
        case .symbolicLink: return .symbolicLink
        default: return .specialFile
        }
    }

    /// Counts a name in its state, and returns that state's place in `states.records`.
    ///
    /// Throws `.noSuchFileOrDirectory` where the name has gone since it was looked at.
    mutating func count(
        _ name: UnsafePointer<CChar>, in directory: borrowing OwnedDescriptor, _ status: clinux_status,
        role: EntryRole, refusal: Refusal?, part: UInt8
    ) throws(Errno) -> Int {
        var refusal = refusal
        let kind = NodeKind(modeBits: status.mode)
        var access = AccessListTable.none
        var inherited = AccessListTable.none
        if readsACLs, refusal == nil, kind == .file || kind == .directory {
            access = try unsafe list(name, in: directory, "system.posix_acl_access", &refusal)
            if kind == .directory {
                inherited = try unsafe list(name, in: directory, "system.posix_acl_default", &refusal)
            }
        }
        return states.count(
            status, role: role, refusal: refusal, part: part, access: access, inherited: inherited)
    }

    /// Returns the number of an ACL attribute; 0 where there is none or the file system has none.
    private mutating func list(
        _ name: UnsafePointer<CChar>, in directory: borrowing OwnedDescriptor, _ list: StaticString,
        _ refusal: inout Refusal?
    ) throws(Errno) -> UInt16 {
        let got = unsafe attribute.read(list, of: name, in: directory)
        if got > 0 { return unsafe states.lists.number(of: attribute.bytes(got)) }
        switch Errno(rawValue: CInt(-got)) {
        case .notSupported, .noFunction: readsACLs = false
        case .outOfRange, .argListTooLong: refusal = .unreadableACL
        case .noSuchFileOrDirectory:
            // An old kernel without `/proc` says the same of every name: only the name itself tells.
            var status = clinux_status()
            let code = unsafe clinux_status(directory.number, name, &status)
            if code == -Errno.noSuchFileOrDirectory.rawValue { throw .noSuchFileOrDirectory }
        default: break  // ENODATA, the usual answer.
        }
        return AccessListTable.none
    }
}
