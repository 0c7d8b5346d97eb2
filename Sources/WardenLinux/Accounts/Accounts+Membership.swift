internal import Glibc
package import SystemPackage

extension Accounts {
    /// Returns every group that a login as this user has the rights of, its primary group included, in ascending order.
    ///
    /// A name service that fails is not noticed: the answer is then the primary group alone. Corresponds to
    /// `getgrouplist(3)`.
    package func groups(of account: UserAccount) throws(Errno) -> [GroupID] {
        guard !account.name.utf8.contains(0) else { throw .invalidArgument }
        var capacity: CInt = 64
        // NGROUPS_MAX; the kernel takes no more.
        while capacity <= 65_536 {
            var ids = [gid_t](repeating: 0, count: Int(capacity))
            var count = capacity
            let result = unsafe getgrouplist(account.name, account.primaryGroup.rawValue, &ids, &count)
            if result >= 0 { return Set(ids.prefix(Int(count))).sorted().map { GroupID(rawValue: $0) } }
            capacity = max(capacity * 2, count)
        }
        throw .invalidArgument
    }
}
