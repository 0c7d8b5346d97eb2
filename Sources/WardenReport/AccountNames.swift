internal import SystemPackage
internal import WardenModel

/// The names of the ids in a report, for display; an id without a name shows as its number.
struct AccountNames {
    let users: [UserID: String]
    let groups: [GroupID: String]

    func name(_ user: UserID) -> String { users[user].map(escapedForDisplay) ?? "\(user.rawValue)" }
    func name(_ group: GroupID) -> String { groups[group].map(escapedForDisplay) ?? "\(group.rawValue)" }

    /// Returns `owner:group mode`, and the lists where there are any.
    func description(of node: NodeState) -> String {
        var text = "\(name(node.owner)):\(name(node.group)) \(node.mode)"
        if let list = node.accessList { text += ", ACL \(description(of: list))" }
        if let list = node.defaultList { text += ", default ACL \(description(of: list))" }
        return text
    }

    func description(of list: AccessList) -> String {
        list.text(userName: { users[$0] }, groupName: { groups[$0] })
    }

    func description(of step: ChangeStep) -> String {
        switch step {
        case .createDirectory: "create the directory"
        case .narrowMode(let mode): "narrow the mode to \(mode)"
        case .setOwnership(let owner?, let group?): "set owner \(name(owner)) and group \(name(group))"
        case .setOwnership(let owner?, nil): "set owner \(name(owner))"
        case .setOwnership(nil, let group?): "set group \(name(group))"
        case .setOwnership(nil, nil): "keep owner and group"
        case .setMode(let mode): "set mode \(mode)"
        case .setAccessList(let list): "set ACL \(description(of: list))"
        case .setDefaultList(let list): "set default ACL \(description(of: list))"
        case .removeDefaultList: "remove the default ACL"
        }
    }
}

/// Returns an entry with its id, as `getfacl --numeric` writes it: `user:5001:rw-`.
func numericText(_ entry: AccessList.Entry) -> String {
    let isNamed = entry.tag == .user || entry.tag == .group
    return "\(entry.tag):\(isNamed ? String(entry.id) : ""):\(entry.rights)"
}
