package import SystemPackage

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
}
