internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// Everything a rule about a whole cache may look at.
struct CacheContext {
    let planner: CachePlanner
    let observation: CacheObservation
    let host: HostObservation
    let names: IdentityNames

    var policy: CachePolicy { planner.policy }
    var path: String { policy.path.description }

    /// Whether the agent may trust what this user can change: root always, and whoever runs it their own.
    func isTrusted(_ user: UInt32) -> Bool { user == 0 || user == planner.caller.rawValue }
}

/// A question to a cache as a whole, its place or its census.
protocol CacheRule: Sendable {
    /// The rule's id where it is about single entries, whose waivers may concern a part of the cache alone.
    static var entryRule: RuleID? { get }

    static func findings(_ context: CacheContext) -> [Finding]
}

extension CacheRule {
    static var entryRule: RuleID? { nil }
}

enum CacheRules {
    /// Any blocking finding of these ends the matter: the agent does not go near the cache.
    static let blocking: [any CacheRule.Type] = [
        CacheUnsafePath.self, CacheNotRecognised.self, CacheNoACLSupport.self,
        RemoteFileSystem.self, ReadOnlyFileSystem.self, HostLinksUnprotected.self,
    ]
    /// For a root that is not there.
    static let missing: [any CacheRule.Type] = [CacheMissing.self]
    /// For a root that is there.
    static let present: [any CacheRule.Type] = [
        ReadOnlyFileSystem.self, UntrustedSharing.self, PrivilegedMember.self, MountOptions.self,
        HostLinksUnprotected.self, HostStickyUnprotected.self, EntryRefused.self, EntryStranger.self,
    ]
}
