package import SystemPackage

extension AccessList: CustomStringConvertible {
    /// Returns the list's short text with ids: `user::rwx,user:1001:r-x,group::rwx,mask::rwx,other::---`.
    package var description: String { text(userName: { _ in nil }, groupName: { _ in nil }) }

    /// Returns the list as one line for people, as `acl_to_any_text(3)` with `TEXT_SOME_EFFECTIVE` does.
    ///
    /// Where the mask cuts an entry, what is left stands behind it: `group:builders:rwx #effective:rw-`. Names are
    /// escaped for display; a subject without a name is shown by its id.
    package func text(userName: (UserID) -> String?, groupName: (GroupID) -> String?) -> String {
        entries.map { entry in
            let name =
                switch entry.tag {
                case .user: userName(UserID(rawValue: entry.id)).map(escapedForDisplay) ?? String(entry.id)
                case .group: groupName(GroupID(rawValue: entry.id)).map(escapedForDisplay) ?? String(entry.id)
                case .owner, .owningGroup, .mask, .other: ""
                }
            let effective = effectiveRights(of: entry)
            let comment = effective == entry.rights ? "" : " #effective:\(effective)"
            return "\(entry.tag):\(name):\(entry.rights)\(comment)"
        }.joined(separator: ",")
    }
}

extension AccessList.Tag: CustomStringConvertible {
    /// Returns the keyword that getfacl writes; owner and owning group share theirs with the named.
    package var description: String {
        switch self {
        case .owner, .user: "user"
        case .owningGroup, .group: "group"
        case .mask: "mask"
        case .other: "other"
        }
    }
}
