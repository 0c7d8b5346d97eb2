package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Answers what the host as a whole does for the safety of its caches.
package enum HostObserver {
    /// Returns what the kernel protects, and who is listed in these groups.
    ///
    /// A name service that fails leaves a group out: a check must not depend on it.
    package static func observe(groups: some Sequence<GroupID>) -> HostObservation {
        let accounts = Accounts()
        var members: [GroupID: [HostObservation.Member]] = [:]
        for group in groups {
            // Whom nobody can look up cannot be judged; the finding then names the others.
            let names = (try? accounts.members(of: group)) ?? []
            members[group] = names.compactMap { name in
                // As above.
                (try? accounts.user(named: name)).flatMap { $0 }.map { .init(name: name, id: $0) }
            }
        }
        return HostObservation(
            protectsHardLinks: LinkProtections.hardLinks, protectsSymbolicLinks: LinkProtections.symbolicLinks,
            protectsRegularFiles: LinkProtections.regularFiles, members: members)
    }
}
