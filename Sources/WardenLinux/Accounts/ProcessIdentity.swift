internal import Glibc
package import SystemPackage

/// As whom this process acts. See `credentials(7)`.
package struct ProcessIdentity: Hashable, Sendable {
    /// Who started the process.
    package let realUser: UserID
    /// Whose rights it has, and who owns what it makes.
    package let effectiveUser: UserID
    package let effectiveGroup: GroupID
    /// The further groups whose rights it has, in ascending order.
    package let supplementaryGroups: [GroupID]

    package init(
        realUser: UserID, effectiveUser: UserID, effectiveGroup: GroupID, supplementaryGroups: [GroupID] = []
    ) {
        self.realUser = realUser
        self.effectiveUser = effectiveUser
        self.effectiveGroup = effectiveGroup
        self.supplementaryGroups = supplementaryGroups
    }

    /// Reads the credentials of the calling thread.
    ///
    /// Corresponds to `getuid(2)`, `geteuid(2)`, `getegid(2)` and `getgroups(2)`.
    package static func current() throws(Errno) -> ProcessIdentity {
        ProcessIdentity(
            realUser: UserID(rawValue: getuid()), effectiveUser: UserID(rawValue: geteuid()),
            effectiveGroup: GroupID(rawValue: getegid()), supplementaryGroups: try currentGroups())
    }

    /// Whether the process has the rights of a group, by its effective or a supplementary one.
    package func isMember(of group: GroupID) -> Bool {
        effectiveGroup == group || supplementaryGroups.contains(group)
    }

    private static func currentGroups() throws(Errno) -> [GroupID] {
        // NGROUPS_MAX; the kernel takes no more.
        var ids = [gid_t](repeating: 0, count: 65536)
        let count = unsafe getgroups(CInt(ids.count), &ids)
        let code = errno
        guard count >= 0 else { throw Errno(rawValue: code) }
        return ids.prefix(Int(count)).sorted().map { GroupID(rawValue: $0) }
    }
}
