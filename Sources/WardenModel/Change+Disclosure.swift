internal import SystemPackage

/// Whom a change lets read a file: `acl(5)`, "Access check algorithm".
extension Change {
    /// Whether somebody gets to read a file's content by it who could not before.
    package var disclosesContent: Bool {
        guard let before, before.kind == .file else { return false }
        return after.readers.contains { !before.mayBeRead(by: $0) }
    }
}

/// A subject that a list may let read.
private enum Reader: Hashable {
    case user(UserID)
    case group(GroupID)
    case everyone
}

extension NodeState {
    /// Who is named by the list in force, with whether they may read.
    private var verdicts: [(reader: Reader, mayRead: Bool)] {
        let list = accessListInForce
        return list.entries.compactMap { entry in
            let mayRead = list.effectiveRights(of: entry).contains(.read)
            switch entry.tag {
            case .owner: return (.user(owner), mayRead)
            case .user: return (.user(UserID(rawValue: entry.id)), mayRead)
            case .owningGroup: return (.group(group), mayRead)
            case .group: return (.group(GroupID(rawValue: entry.id)), mayRead)
            case .other: return (.everyone, mayRead)
            case .mask: return nil
            }
        }
    }

    fileprivate var readers: [Reader] { verdicts.filter(\.mayRead).map(\.reader) }

    /// Whether an entry of their own says so, or, where they have none, that for others.
    fileprivate func mayBeRead(by reader: Reader) -> Bool {
        let own = verdicts.filter { $0.reader == reader }
        guard own.isEmpty else { return own.contains(where: \.mayRead) }
        return readers.contains(.everyone)
    }
}
