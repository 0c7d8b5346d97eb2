package import SystemPackage

/// Somebody who may want to use a file: a user with all their groups, or anybody of whom only one thing is known.
package struct AccessSubject: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case user
        /// A member of one group, of whom nothing else is known.
        case group
        /// Somebody who is named nowhere.
        case others
    }

    package let kind: Kind
    /// For display; empty for others.
    package let name: String
    /// `nil` for whoever is nobody in particular: not the owner, not a named user, not root.
    package let user: UserID?
    /// The primary group and all others.
    package let groups: Set<GroupID>

    private init(_ kind: Kind, name: String, user: UserID?, groups: Set<GroupID>) {
        self.kind = kind
        self.name = name
        self.user = user
        self.groups = groups
    }

    /// Returns a user with the groups that a login has.
    package static func user(_ id: UserID, name: String, groups: some Sequence<GroupID>) -> AccessSubject {
        AccessSubject(.user, name: name, user: id, groups: Set(groups))
    }

    /// Returns whoever is a member of this group and nothing else.
    package static func member(of group: GroupID, name: String) -> AccessSubject {
        AccessSubject(.group, name: name, user: nil, groups: [group])
    }

    package static let others = AccessSubject(.others, name: "", user: nil, groups: [])

    /// Root has every capability here; inside a user namespace it may have fewer.
    package var isRoot: Bool { user == .root }
}
