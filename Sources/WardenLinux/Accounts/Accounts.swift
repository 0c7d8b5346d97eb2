internal import Glibc
package import SystemPackage

/// The host's users and groups, as its name services know them (`nsswitch.conf(5)`): files, LDAP, systemd.
///
/// Every method asks anew and may wait for a network; results belong in a table. "Not found" is `nil`, and apart from
/// a name service that failed, which is thrown. An account with the id 4294967295, which is nobody's, is not found.
package struct Accounts: Sendable {
    package init() {}

    /// Returns the id of a user, never of a number in place of a name. Corresponds to `getpwnam_r(3)`.
    package func user(named name: String) throws(Errno) -> UserID? { try account(named: name)?.id }

    /// Returns the id of a group, never of a number in place of a name. Corresponds to `getgrnam_r(3)`.
    package func group(named name: String) throws(Errno) -> GroupID? {
        guard !name.utf8.contains(0) else { return nil }
        return try unsafe AccountEntry.group { unsafe getgrnam_r(name, $0, $1, $2, $3) }?.id
    }

    /// Returns a user's entry; `nil` where there is none. Corresponds to `getpwnam_r(3)`.
    package func account(named name: String) throws(Errno) -> UserAccount? {
        // C would look up what stands before the zero.
        guard !name.utf8.contains(0) else { return nil }
        return try unsafe AccountEntry.user { unsafe getpwnam_r(name, $0, $1, $2, $3) }
    }

    /// Returns a user's entry; `nil` where there is none. Corresponds to `getpwuid_r(3)`.
    package func account(of user: UserID) throws(Errno) -> UserAccount? {
        try unsafe AccountEntry.user { unsafe getpwuid_r(user.rawValue, $0, $1, $2, $3) }
    }

    /// Returns the names that a group's entry lists, in its order; `nil` where there is no such group.
    ///
    /// Users whose own entry has it as their primary group are members too, and not listed. Corresponds to `gr_mem`.
    package func members(of group: GroupID) throws(Errno) -> [String]? { try entry(of: group)?.members }

    /// Returns a user's name for people; `nil` where it has none, or none can be found out now.
    package func name(of user: UserID) -> String? {
        // A report can do with the id.
        (try? account(of: user))?.name
    }

    /// Returns a group's name for people; `nil` where it has none, or none can be found out now.
    ///
    /// Corresponds to `getgrgid_r(3)`.
    package func name(of group: GroupID) -> String? {
        // A report can do with the id.
        (try? entry(of: group))?.name
    }

    private func entry(of group: GroupID) throws(Errno) -> AccountEntry.Group? {
        try unsafe AccountEntry.group { unsafe getgrgid_r(group.rawValue, $0, $1, $2, $3) }
    }
}
