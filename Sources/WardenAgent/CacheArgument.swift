internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy

/// A cache as somebody names it on the command line: by its name in a policy, or by a path.
struct CacheArgument {
    /// What stands for the policy of a cache that none speaks of.
    static let policy = "command line"

    private let text: String

    init(_ text: String) { self.text = text }

    /// Whether it is a path: only a path has a slash or a dot at its beginning.
    private var path: FilePath? {
        guard text.contains("/") || text.hasPrefix(".") else { return nil }
        return WorkingDirectory.absolute(FilePath(text))
    }

    /// Returns the cache that is meant; a path that no policy speaks of is a cache without any wish.
    func subject(among subjects: [CacheSubject]) throws(AgentError) -> CacheSubject {
        guard let path else {
            let named = subjects.filter { $0.cache.name == text }
            guard let first = named.first else {
                let known = subjects.map { "'\($0.cache.name)'" }.sorted().joined(separator: ", ")
                throw .failed(
                    "no policy in force here has a cache '\(escapedForDisplay(text))'",
                    remedy: known.isEmpty
                        ? "give its path, which needs no policy" : "known are \(known); or give its path")
            }
            guard named.count == 1 else {
                throw .failed(
                    "\(named.count) policies have a cache '\(escapedForDisplay(text))'", remedy: "give its path")
            }
            return first
        }
        if let known = subjects.first(where: { $0.cache.path == path }) { return known }
        let name = path.lastComponent?.string ?? path.string
        return CacheSubject(
            policy: Self.policy, cache: CachePolicy(name: name, path: path), mode: .audit,
            accounts: AccountTable())
    }
}
