package import SystemPackage
internal import WardenModel

extension Policy {
    /// Returns the policy for a host without policy files: it audits the caller's own build cache and wants no modes.
    ///
    /// A cache that one user made with whatever umask is fine as long as nobody else may write to it, so owner, group,
    /// modes and ACLs are left alone; sizes, ages and untrusted sharing are reported. `owner` is a user's name.
    package static func builtIn(path: FilePath, owner: String?) -> Policy {
        let whose = owner.map { " of \($0)" } ?? ""
        return Policy(
            name: "built-in", description: "The Go build cache\(whose): report only", mode: .audit,
            caches: [CachePolicy(name: "go-build", path: path)])
    }
}
