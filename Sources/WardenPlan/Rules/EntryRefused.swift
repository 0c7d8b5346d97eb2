internal import WardenModel

/// `entry-refused`: something that no honest build makes, or that the agent cannot judge. Never touched.
struct EntryRefused: CacheRule {
    static var entryRule: RuleID? { .entryRefused }

    static func findings(_ context: CacheContext) -> [Finding] {
        guard let census = context.observation.census else { return [] }
        var tallies: [Refusal: (count: Int, examples: [RelativePath])] = [:]
        for group in census.groups {
            guard let refusal = context.planner.refusal(group.role, group.node, group.refusal) else { continue }
            tallies[refusal, default: (0, [])].count += group.count
            tallies[refusal]?.examples += group.subjects.paths(Finding.exampleLimit)
        }
        let refused = Refusal.allCases.compactMap { refusal -> Finding? in
            guard let tally = tallies[refusal] else { return nil }
            return finding(
                context, tally.count, found: refusal.words, remedy: refusal.remedy,
                tally.examples.sorted().prefix(Finding.exampleLimit).map {
                    Finding.Example(path: $0, found: refusal.words)
                })
        }
        return refused + unreadable(census, context)
    }

    private static func unreadable(_ census: Census, _ context: CacheContext) -> [Finding] {
        guard census.failureCount > 0 else { return [] }
        let causes = Set(census.failures.map { "\($0.cause)" }).sorted().joined(separator: ", ")
        return [
            finding(
                context, census.failureCount, found: "cannot be looked at: \(causes)",
                remedy: "run as root for the whole picture, or give the caller the right to read them",
                census.failures.prefix(Finding.exampleLimit).map {
                    Finding.Example(path: $0.path, found: "cannot \($0.operation): \($0.cause)")
                })
        ]
    }

    private static func finding(
        _ context: CacheContext, _ count: Int, found: String, remedy: String, _ examples: [Finding.Example]
    ) -> Finding {
        context.planner.finding(
            .entryRefused, .refused, count: count, subject: "below \(context.path)",
            Difference(wanted: "regular files and directories with one name", found: found), remedy: remedy,
            examples: examples)
    }
}

extension Refusal {
    /// What was found, for people.
    fileprivate var words: String {
        switch self {
        case .symbolicLink: "symbolic link"
        case .hardLink: "file with more than one name (hard link)"
        case .specialFile: "FIFO, socket or device"
        case .foreignMount: "another file system mounted inside the cache"
        case .setID: "file with a set-user-ID or set-group-ID bit"
        case .tooDeep: "directory deeper than any cache has"
        case .notOneExecutable: "executable directory that holds something else than one file"
        case .unreadableACL: "ACL that cannot be read"
        case .rootOwned: "file that belongs to root"
        case .tooManyStates: "more different owners, modes and ACLs than an honest cache has"
        }
    }

    fileprivate var remedy: String {
        switch self {
        case .symbolicLink, .specialFile, .setID, .tooDeep, .notOneExecutable:
            "no build makes this: find out who did, then remove it"
        case .hardLink:
            "its other name may stand outside the cache: find it (find / -samefile), then remove the one in the cache"
        case .foreignMount: "unmount it, or give it a policy of its own"
        case .unreadableACL: "remove its ACL with setfacl -b, or remove it"
        case .rootOwned:
            "a build was run as root, or a member moved somebody's private file here: "
                + "look at it, then chown it to a member or remove it"
        case .tooManyStates: "find out who makes them, then remove them"
        }
    }
}
