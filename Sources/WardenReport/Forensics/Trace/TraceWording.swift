internal import SystemPackage
internal import WardenModel

extension TraceMethod {
    var text: String {
        switch self {
        case .fanotify: "fanotify: each event names its process"
        case .inotify: "inotify: whose an entry is, and when it was written"
        }
    }
}

extension TraceOpening.Obstacle {
    var text: String {
        switch self {
        case .capability: "without CAP_SYS_ADMIN nobody says which process writes: run as root"
        case .refused:
            "fanotify(7) may not be used here, with this kernel, on this file system or in a container: nobody says which "
                + "process writes"
        }
    }
}

extension TextPage {
    /// Writes which cache is traced, and how much its events say.
    mutating func writeTraced(_ opening: TraceOpening) {
        writeCache(opening.cache, opening.root, policy: opening.policy)
        field("method", opening.method.text)
        if let obstacle = opening.obstacle { field("", obstacle.text, paint: .warning) }
        if opening.isWithReads, !opening.tellsReads { field("", "what is read is not told then", paint: .warning) }
    }
}

extension TracedEntry.Event {
    var word: String {
        switch self {
        case .created: "new"
        case .rewritten: "again"
        case .read: "read"
        }
    }
}

extension TracedEntry {
    /// What its content is, as far as anybody knows.
    var content: String? { isAction ? "action" : kind?.rawValue }

    /// Its path with the beginning of the hash alone: `ab/ab01cd23...-d`.
    var shortPath: String {
        let bytes = path.bytes
        // Two digits, a slash, 64 digits and the kind; whatever else has such a length is cut as well.
        guard bytes.count == 69, bytes[2] == UInt8(ascii: "/") else { return path.description }
        return escapedForDisplay(bytes[..<11]) + "..." + escapedForDisplay(bytes[67...])
    }
}

extension AccountNames {
    /// Returns a user's name with its number, or what stands for somebody unknown.
    func account(_ user: UserID?) -> String {
        guard let user else { return "nobody known" }
        return users[user] == nil ? "\(user.rawValue)" : "\(name(user)) (\(user.rawValue))"
    }
}
