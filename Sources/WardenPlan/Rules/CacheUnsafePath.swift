internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `cache-unsafe-path`: the path belongs to the system, is no real directory, or somebody else can swap what is on it.
struct CacheUnsafePath: CacheRule {
    static func findings(_ context: CacheContext) -> [Finding] {
        systemDirectory(context) ?? rootKind(context) ?? unreachable(context) ?? ancestor(context) ?? []
    }

    private static func systemDirectory(_ context: CacheContext) -> [Finding]? {
        guard let reason = SystemDirectories.reason(against: context.policy.path) else { return nil }
        return [
            finding(
                context, found: reason,
                remedy: "give the cache a directory of its own, such as '/var/cache/go-build', and set 'path' to it")
        ]
    }

    private static func rootKind(_ context: CacheContext) -> [Finding]? {
        guard case .notDirectory(let kind) = context.observation.root else { return nil }
        if kind == .symbolicLink {
            return [
                finding(
                    context, found: "a symbolic link",
                    remedy: "set 'path' to the real directory; links are never followed")
            ]
        }
        return [
            finding(context, found: "a \(kind.words)", remedy: "move the \(kind.words) away, or set another 'path'")
        ]
    }

    private static func unreachable(_ context: CacheContext) -> [Finding]? {
        guard case .unreachable(let place, let cause) = context.observation.root else { return nil }
        if cause == .tooManySymbolicLinkLevels {
            return [
                finding(
                    context, found: "'\(escapedForDisplay(place.description))' is a symbolic link",
                    remedy: "set 'path' to the real directory; links are never followed, not even root's")
            ]
        }
        return [
            finding(
                context, found: "cannot look at '\(escapedForDisplay(place.description))': \(cause)",
                remedy: "run as root, or as a user who may search every directory of the path")
        ]
    }

    private static func ancestor(_ context: CacheContext) -> [Finding]? {
        let ancestors = context.observation.ancestors
        for (index, ancestor) in ancestors.enumerated() {
            let next = index + 1 < ancestors.count ? ancestors[index + 1].owner : rootOwner(context)
            guard let (found, remedy) = problem(ancestor, next: next, context) else { continue }
            return [finding(context, found: found, remedy: remedy)]
        }
        return nil
    }

    private static func rootOwner(_ context: CacheContext) -> UserID? {
        guard case .present(let root) = context.observation.root else { return nil }
        return root.node.owner
    }

    /// Returns what is wrong with a directory above the root, and what to do about it.
    private static func problem(
        _ ancestor: AncestorObservation, next: UserID?, _ context: CacheContext
    ) -> (found: String, remedy: String)? {
        let place = "'\(escapedForDisplay(ancestor.path.description))'"
        guard context.isTrusted(ancestor.owner.rawValue) else {
            return (
                "\(place) belongs to \(context.names.name(ancestor.owner)), who can put another directory in its place",
                "use a path whose every directory belongs to root, or run as \(context.names.name(ancestor.owner))"
            )
        }
        // In a sticky directory only the owner of a name may move it (`inode(7)`).
        if ancestor.mode.isSticky, let next, context.isTrusted(next.rawValue) { return nil }
        if ancestor.mode.other.contains(.write) {
            return ("\(place) is writable by everybody (mode \(ancestor.mode))", "chmod o-w \(place)")
        }
        if let writer = ancestor.namedWriters.first {
            let name =
                writer.tag == .user
                ? "user \(context.names.name(UserID(writer.id)))" : "group \(context.names.name(GroupID(writer.id)))"
            return ("\(place) is writable by \(name) through its ACL", "setfacl -b \(place)")
        }
        // A user's private group has the user's number and no other member.
        let isPrivate = ancestor.owner != .root && ancestor.group.rawValue == ancestor.owner.rawValue
        if ancestor.mode.group.contains(.write), !isPrivate {
            let group = context.names.name(ancestor.group)
            return ("\(place) is writable by group \(group) (mode \(ancestor.mode))", "chmod g-w \(place)")
        }
        return nil
    }

    private static func finding(_ context: CacheContext, found: String, remedy: String) -> Finding {
        context.planner.finding(
            .cacheUnsafePath, .blocking, subject: context.path,
            Difference(wanted: "a real directory that nobody but root can replace", found: found), remedy: remedy)
    }
}

extension NodeKind {
    /// The kind in words, without an article.
    var words: String {
        switch self {
        case .file: "file"
        case .directory: "directory"
        case .symbolicLink: "symbolic link"
        case .fifo: "FIFO"
        case .socket: "socket"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .unknown: "thing of unknown kind"
        }
    }
}
