package import SystemPackage

/// Names of users and groups for display: an id that is not here has no name on this host.
package struct IdentityNames: Sendable {
    package var users: [UserID: String]
    package var groups: [GroupID: String]

    package init(users: [UserID: String] = [:], groups: [GroupID: String] = [:]) {
        self.users = users
        self.groups = groups
    }

    /// Returns the user's name, or the number.
    package func name(_ user: UserID) -> String { users[user] ?? String(user.rawValue) }

    /// Returns the group's name, or the number.
    package func name(_ group: GroupID) -> String { groups[group] ?? String(group.rawValue) }

    /// Returns a list in setfacl's short text form, with names.
    package func text(_ list: AccessList) -> String {
        list.text(userName: { users[$0] }, groupName: { groups[$0] })
    }
}
