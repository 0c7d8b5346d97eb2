package import SystemPackage
internal import WardenModel

/// As whom a program is to run. See `credentials(7)`.
package struct ChildIdentity: Hashable, Sendable {
    /// The real, effective and saved user.
    package let user: UserID
    /// The real, effective and saved group.
    package let group: GroupID
    package let supplementaryGroups: [GroupID]

    package init(user: UserID, group: GroupID, supplementaryGroups: [GroupID]) {
        self.user = user
        self.group = group
        self.supplementaryGroups = supplementaryGroups
    }

    /// Returns what a login as this user would have. Corresponds to `getgrouplist(3)`.
    package init(of account: UserAccount, in accounts: Accounts) throws(Errno) {
        self.init(
            user: account.id, group: account.primaryGroup, supplementaryGroups: try accounts.groups(of: account))
    }

    /// Returns this process's own effective user and groups.
    package static func ofProcess() throws(Errno) -> ChildIdentity {
        let own = try ProcessIdentity.current()
        return ChildIdentity(
            user: own.effectiveUser, group: own.effectiveGroup, supplementaryGroups: own.supplementaryGroups)
    }

    /// Returns who does what needs no rights: for root the kernel's overflow user, `nobody`, without groups; for everybody
    /// else the process itself, which can become nobody else.
    package static func unprivileged() throws(Errno) -> ChildIdentity {
        let own = try ofProcess()
        guard own.user == .root else { return own }
        return ChildIdentity(user: UserID(65_534), group: GroupID(65_534), supplementaryGroups: [])
    }
}
