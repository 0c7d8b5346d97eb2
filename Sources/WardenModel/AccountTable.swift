package import SystemPackage

/// The ids of the user and group names that the policies in force use, as the host's name service gave them.
package struct AccountTable: Sendable {
    package var users: [String: UserID]
    package var groups: [String: GroupID]

    package init(users: [String: UserID] = [:], groups: [String: GroupID] = [:]) {
        self.users = users
        self.groups = groups
    }
}
