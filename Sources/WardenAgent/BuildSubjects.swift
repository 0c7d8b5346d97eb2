internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy

/// Whose builds are looked at.
struct BuildSubjects {
    private let surroundings: Surroundings
    private let accounts = Accounts()

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// Returns these users; where there are none, the members of the policies' groups, and without those the caller.
    func subjects(
        named users: [String], _ policies: [Policy], _ notes: inout [String]
    ) throws(AgentError) -> [UserAccount] {
        guard users.isEmpty else {
            var found: [UserAccount] = []
            for name in users {
                guard let account = try attempt({ () throws(Errno) in try accounts.account(named: name) }) else {
                    throw .failed("there is no user '\(escapedForDisplay(name))'", remedy: "'getent passwd' lists them")
                }
                found.append(account)
            }
            return found
        }
        let named = policies.flatMap(\.environment).compactMap(\.usersGroup)
        let groups = named.isEmpty ? policies.flatMap(\.caches).compactMap(\.group) : named
        guard !groups.isEmpty else {
            let caller = surroundings.caller.effectiveUser
            guard let account = try attempt({ () throws(Errno) in try accounts.account(of: caller) }) else {
                throw .failed("user \(caller.rawValue) has no account", remedy: "name a user with --user")
            }
            return [account]
        }
        return try members(of: groups) { group in
            notes.append("group '\(escapedForDisplay(group))' lists nobody; name users with --user")
        }
    }

    /// Returns the accounts that groups list, by name.
    func members(of groups: [String], _ noteEmpty: (String) -> Void) throws(AgentError) -> [UserAccount] {
        var found: [UserAccount] = []
        for group in Set(groups).sorted() {
            let members = try attempt { () throws(Errno) in
                try accounts.group(named: group).flatMap { id throws(Errno) in try accounts.members(of: id) }
            }
            if members?.isEmpty != false { noteEmpty(group) }
            for name in members ?? [] {
                guard let account = try attempt({ () throws(Errno) in try accounts.account(named: name) }) else {
                    continue
                }
                if !found.contains(account) { found.append(account) }
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Returns whom a service names; one whom nobody can look up gets no HOME from the manager either.
    func account(_ name: String) -> UserAccount? { (try? accounts.account(named: name)).flatMap { $0 } }

    private func attempt<Value>(_ ask: () throws(Errno) -> Value) throws(AgentError) -> Value {
        do throws(Errno) {
            return try ask()
        } catch {
            throw .failed("cannot look up an account: \(error)", remedy: "see that the host's name service works")
        }
    }
}
