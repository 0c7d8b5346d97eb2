internal import WardenModel

/// Who else than one user may use a cache, by the policy's own words: modes and ACL entries, before any look at a host.
struct CacheSharing {
    /// Some users or groups, for messages, and what gives them their rights.
    struct Subjects {
        let names: String
        let isByACL: Bool
    }

    private let cache: CachePolicy
    let modes: [ModeBits]
    /// The entries of the access list and, where it differs, of the default list.
    let rules: [ACLRule]

    init(_ cache: CachePolicy) {
        self.cache = cache
        modes = [cache.mode, cache.entries.directories, cache.entries.files].compactMap { $0 }
        var rules = cache.acl?.entries ?? []
        if case .list(let own)? = cache.acl?.defaultList { rules += own }
        self.rules = rules
    }

    /// Those who may write, where they are or may be more than one user; root writes anyway and does not count.
    var severalWriters: Subjects? {
        if let group = rules.first(where: { $0.isGroup && $0.rights.contains(.write) }) {
            return Subjects(names: described(group), isByACL: true)
        }
        if isGroupMode(allowing: .write) { return Subjects(names: groupName, isByACL: false) }
        let users = writingUsers
        guard let first = users.first else { return nil }
        // An owner that is kept or not looked at may be anybody, a second writer among them.
        let isAlone = users.count == 1 && (cache.owner == "root" || cache.owner == first)
        return isAlone
            ? nil
            : Subjects(
                names: users.map { "user '\(escapedForDisplay($0))'" }.joined(separator: ", "),
                isByACL: true)
    }

    private var writingUsers: [String] {
        var names: [String] = []
        for rule in rules where rule.tag == .user && rule.rights.contains(.write) {
            let name = rule.qualifierText
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Those named here whose builds must not run what others left: by the ACL, and as the owner.
    ///
    /// Root as the owner only holds the root; root in the ACL is to build there.
    var privileged: [Subjects] {
        var found: [Subjects] = []
        let named = rules.filter { $0.tag == .user && !$0.rights.isEmpty && $0.isPrivileged }
        if let first = named.first { found.append(Subjects(names: described(first), isByACL: true)) }
        if let owner = cache.owner, AccountName.isForReleases(owner) {
            found.append(Subjects(names: "user '\(escapedForDisplay(owner))'", isByACL: false))
        }
        return found
    }

    /// Those who are let in to read but not to write; users who are named nowhere are not let in, but not kept out.
    var readers: Subjects? {
        let named = rules.filter { ($0.tag == .user || $0.tag == .group) && $0.isReadOnly }
        if !named.isEmpty {
            var names: [String] = []
            for name in named.map({ described($0) }) where !names.contains(name) { names.append(name) }
            return Subjects(names: names.joined(separator: ", "), isByACL: true)
        }
        let isReadByMode = cache.group != nil && cache.mode.map { $0.group.contains(.read) } == true
        guard isReadByMode, !isGroupMode(allowing: .write), !rules.contains(where: \.isGroup) else { return nil }
        return Subjects(names: groupName, isByACL: false)
    }

    /// Whether a group is let in, to write or with its name to read.
    var isByGroup: Bool {
        let isReadByMode = cache.group != nil && cache.mode.map { !$0.group.isEmpty } == true
        let isByACL = rules.contains { $0.isGroup && !$0.rights.isEmpty }
        return isByACL || isReadByMode || isGroupMode(allowing: .write)
    }

    /// Whether a mode gives the group this right and no `group::` or `mask::` entry takes it back.
    private func isGroupMode(allowing right: Rights) -> Bool {
        let isTakenBack = (cache.acl?.entries ?? []).contains {
            ($0.tag == .owningGroup || $0.tag == .mask) && !$0.rights.contains(right)
        }
        return !isTakenBack && modes.contains { $0.group.contains(right) }
    }

    private var groupName: String {
        cache.group.map { "every member of group '\(escapedForDisplay($0))'" } ?? "every member of the owning group"
    }

    private func described(_ rule: ACLRule) -> String {
        switch rule.tag {
        case .user: "user '\(escapedForDisplay(rule.qualifierText))'"
        case .group: "every member of group '\(escapedForDisplay(rule.qualifierText))'"
        default: groupName
        }
    }
}

extension ACLRule {
    var isGroup: Bool { tag == .group || tag == .owningGroup }

    fileprivate var isPrivileged: Bool {
        qualifier == .id(0) || qualifierText == "root" || AccountName.isForReleases(qualifierText)
    }

    fileprivate var isReadOnly: Bool { rights.contains(.read) && !rights.contains(.write) }

    /// The user or group as it was written.
    fileprivate var qualifierText: String {
        switch qualifier {
        case .name(let name): name
        case .id(let id): String(id)
        case nil: ""
        }
    }
}

/// One class of rights that a mode and an ACL give differently, so that no inode could satisfy both.
struct ModeContradiction {
    let subject: String
    let byACL: Rights
    let byMode: Rights
    let suggestion: String

    /// Returns the contradictions between a mode and the rules of the access list.
    static func all(mode: ModeBits, rules: [ACLRule], isDirectory: Bool) -> [ModeContradiction] {
        /// Files may be executable or not: execute is compared on directories alone.
        func comparable(_ rights: Rights) -> Rights { isDirectory ? rights : rights.subtracting(.execute) }
        func wanted(_ rule: ACLRule) -> Rights {
            comparable(rule.executesConditionally ? rule.rights.union(.execute) : rule.rights)
        }
        var found: [ModeContradiction] = []
        func compare(_ subject: String, _ byACL: Rights?, _ byMode: Rights, _ suggestion: String) {
            guard let byACL, byACL != comparable(byMode) else { return }
            found.append(
                ModeContradiction(
                    subject: subject, byACL: byACL, byMode: comparable(byMode), suggestion: suggestion))
        }
        compare(
            "user::", rules.last { $0.tag == .owner }.map(wanted), mode.owner, "leave 'user::' out: the mode says it")
        compare(
            "other::", rules.last { $0.tag == .other }.map(wanted), mode.other, "give both the same rights")
        compare(
            "mask::", groupClass(mode: mode, rules: rules, wanted: wanted, comparable: comparable), mode.group,
            "the mode's group digit is the ACL's mask: all rights that groups and named users have together")
        return found
    }

    /// Returns the mask that the rules make, or the group's rights where nobody is named.
    private static func groupClass(
        mode: ModeBits, rules: [ACLRule], wanted: (ACLRule) -> Rights, comparable: (Rights) -> Rights
    ) -> Rights? {
        if let mask = rules.last(where: { $0.tag == .mask }) { return wanted(mask) }
        let group = rules.last { $0.tag == .owningGroup }.map(wanted) ?? comparable(mode.group)
        return rules.filter { $0.tag == .user || $0.tag == .group }.map(wanted).reduce(group) { $0.union($1) }
    }
}
