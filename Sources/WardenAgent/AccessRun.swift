package import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve

/// Answers who can do what with a path.
package struct AccessRun: Sendable {
    private let users: [String]
    private let groups: [String]
    private let accounts = Accounts()

    /// - Parameters:
    ///   - users: Names or numbers; where these and `groups` are empty, everybody is answered for whom the path's owner,
    ///     group, mode and ACL tell apart.
    ///   - groups: Names or numbers.
    package init(users: [String] = [], groups: [String] = []) {
        self.users = users
        self.groups = groups
    }

    /// - Parameters:
    ///   - path: Absolute, or relative to the working directory.
    ///   - top: What stands for `/`.
    package func run(_ path: FilePath, top: FilePath) throws(AgentError) -> AccessMatrix {
        let path = WorkingDirectory.absolute(path)
        guard !path.components.isEmpty else { throw .failed("access to '/' is not a question", remedy: nil) }
        let observed: AccessPath
        do throws(AccessObserver.Obstacle) {
            observed = try AccessObserver.observe(path, top: top)
        } catch {
            throw Self.failure(path, error)
        }
        let subjects = try subjects(of: observed)
        return AccessMatrix(path: observed, subjects: subjects, names: names(observed, subjects))
    }

    private func subjects(of path: AccessPath) throws(AgentError) -> [AccessSubject] {
        guard users.isEmpty, groups.isEmpty else {
            var asked: [AccessSubject] = []
            for user in users { asked.append(try subject(named: user)) }
            for group in groups { asked.append(try member(named: group)) }
            return asked
        }
        let node = path.node
        let entries = node.accessList?.entries ?? []
        let named = [node.owner] + entries.filter { $0.tag == .user }.map { UserID($0.id) }
        let listed = [node.group] + entries.filter { $0.tag == .group }.map { GroupID($0.id) }
        return named.unique.map(subject(of:)) + listed.unique.map(member(of:)) + [.others]
    }

    private func subject(named name: String) throws(AgentError) -> AccessSubject {
        do throws(Errno) {
            if let account = try accounts.account(named: name) { return try subject(of: account) }
            if let number = UInt32(name) { return subject(of: UserID(number)) }
        } catch {
            throw .failed("cannot look up user '\(escapedForDisplay(name))': \(error)", remedy: nil)
        }
        throw .failed(
            "there is no user '\(escapedForDisplay(name))'", remedy: "'getent passwd' lists them; a number will do")
    }

    private func member(named name: String) throws(AgentError) -> AccessSubject {
        do throws(Errno) {
            if let group = try accounts.group(named: name) { return .member(of: group, name: name) }
            if let number = UInt32(name) { return member(of: GroupID(number)) }
        } catch {
            throw .failed("cannot look up group '\(escapedForDisplay(name))': \(error)", remedy: nil)
        }
        throw .failed(
            "there is no group '\(escapedForDisplay(name))'", remedy: "'getent group' lists them; a number will do")
    }

    private func subject(of account: UserAccount) throws(Errno) -> AccessSubject {
        .user(account.id, name: account.name, groups: try accounts.groups(of: account))
    }

    /// Returns a user by number; one whom no service knows is in no group.
    private func subject(of user: UserID) -> AccessSubject {
        // The number is in the ACL, whatever a name service says of it.
        if let account = (try? accounts.account(of: user)).flatMap({ $0 }), let subject = try? subject(of: account) {
            return subject
        }
        return .user(user, name: String(user.rawValue), groups: [])
    }

    private func member(of group: GroupID) -> AccessSubject {
        .member(of: group, name: accounts.name(of: group) ?? String(group.rawValue))
    }

    private func names(_ path: AccessPath, _ subjects: [AccessSubject]) -> IdentityNames {
        var names = IdentityNames()
        for node in path.ancestors.map(\.node) + [path.node] {
            names.users[node.owner] = accounts.name(of: node.owner)
            names.groups[node.group] = accounts.name(of: node.group)
            for entry in node.accessList?.entries ?? [] {
                switch entry.tag {
                case .user: names.users[UserID(entry.id)] = accounts.name(of: UserID(entry.id))
                case .group: names.groups[GroupID(entry.id)] = accounts.name(of: GroupID(entry.id))
                case .owner, .owningGroup, .mask, .other: break
                }
            }
        }
        return names
    }

    private static func failure(_ path: FilePath, _ obstacle: AccessObserver.Obstacle) -> AgentError {
        let name = "'\(escapedForDisplay(path.string))'"
        switch obstacle {
        case .missing:
            return .failed("there is no \(name)", remedy: "ask for the directory that is to hold it")
        case .symbolicLink(let place):
            let link = "'\(escapedForDisplay(place.string))'"
            return .failed(
                "\(link) is a symbolic link, and has no rights of its own",
                remedy: "ask for what it leads to: 'readlink -f \(escapedForDisplay(path.string))'")
        case .stopped(let place, let cause):
            return .failed(
                "cannot look at '\(escapedForDisplay(place.string))': \(cause)",
                remedy: cause == .permissionDenied ? "run it as root" : nil)
        }
    }
}

extension Array where Element: Hashable {
    /// The elements without those that came before.
    fileprivate var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
