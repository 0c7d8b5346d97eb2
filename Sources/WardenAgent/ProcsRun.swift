internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve

/// Answers which `go` commands run now. Changes nothing and runs nothing.
package struct ProcsRun: Sendable {
    private let users: [String]
    private let hostName: String
    private let now: Timestamp

    /// - Parameter users: Names or numbers; where there are none, everybody's commands are told.
    package init(users: [String], hostName: String, now: Timestamp) {
        self.users = users
        self.hostName = hostName
        self.now = now
    }

    package func run() throws(AgentError) -> ActivityList {
        let accounts = Accounts()
        var wanted: Set<UserID> = []
        for user in users { wanted.insert(try id(of: user, accounts)) }
        var activities: [GoActivity]
        do throws(Errno) {
            activities = try GoActivityObserver().activities()
        } catch {
            throw .failed("cannot see the host's processes: \(error)", remedy: Self.remedy(error))
        }
        if !wanted.isEmpty { activities.removeAll { !wanted.contains($0.user) } }
        var names = IdentityNames()
        for user in Set(activities.map(\.user)) { names.users[user] = accounts.name(of: user) }
        return ActivityList(
            host: hostName, lookedAt: now, activities: activities, names: names)
    }

    private func id(of user: String, _ accounts: Accounts) throws(AgentError) -> UserID {
        do throws(Errno) {
            if let account = try accounts.account(named: user) { return account.id }
        } catch {
            throw .failed("cannot look up user '\(escapedForDisplay(user))': \(error)", remedy: nil)
        }
        guard let number = UInt32(user) else {
            throw .failed(
                "there is no user '\(escapedForDisplay(user))'", remedy: "'getent passwd' lists them; a number will do")
        }
        return UserID(number)
    }

    private static func remedy(_ error: Errno) -> String? {
        error == .notPermitted ? "/proc hides them ('hidepid'): run as root, or in the group that its mount names" : nil
    }
}
