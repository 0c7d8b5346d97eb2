internal import SystemPackage
internal import WardenGoCache
internal import WardenLinux
internal import WardenModel
internal import WardenPlan
internal import WardenPolicy

/// One cache that a run is about.
struct CacheSubject: Sendable {
    let policy: String
    let cache: CachePolicy
    let mode: CachePlan.Mode
    let accounts: AccountTable
    var waivers = CacheWaivers.none
}

/// The caches that a run is about, and the policies that say so.
struct RunScope: Sendable {
    let policies: LoadedPolicies
    let subjects: [CacheSubject]
    /// How the caches were found, where no policy names them.
    let notes: [String]
    /// Whether the caller's own cache is looked at for want of a policy.
    let isOwnCache: Bool
    let waivers: WaiverTable

    /// The policies as reports name them.
    var policyFiles: [RunReport.PolicyFile] {
        policies.selected.map {
            RunReport.PolicyFile(name: $0.name, path: $0.file, digest: $0.digest, caches: $0.cachePlaces)
        }
    }

    /// Whether a policy speaks of anything else: of toolchains, of how builds find caches, of what is accepted.
    var concernsMoreThanCaches: Bool {
        policies.selected.contains { !$0.environment.isEmpty || !$0.toolchains.isEmpty || !$0.waivers.isEmpty }
    }

    init(_ request: RunRequest, _ surroundings: Surroundings) throws {
        var loaded = try request.loaded ?? PolicyStore(surroundings).load(for: request)
        isOwnCache = loaded.fileCount == 0 && request.policies.isEmpty && request.target.isAllCaches
        if isOwnCache {
            let (policy, note) = try Self.ownCache(surroundings)
            loaded.selected = [policy]
            notes = [note]
        } else if loaded.selected.isEmpty, request.target.isAllCaches {
            let host = request.hostName ?? surroundings.hostName
            notes = ["no policy selects host '\(escapedForDisplay(host))': \(loaded.fileCount) read, nothing to do"]
        } else {
            notes = []
        }
        waivers = WaiverTable(loaded.selected, now: surroundings.now())
        let accounts = try Self.accounts(loaded.selected)
        policies = loaded
        let all = loaded.selected.flatMap { [waivers] policy in
            policy.caches.map {
                CacheSubject(
                    policy: policy.name, cache: $0, mode: policy.mode, accounts: accounts,
                    waivers: waivers.waivers(inCacheAt: $0.path))
            }
        }
        if case .cache(let name) = request.target {
            subjects = [try CacheArgument(name).subject(among: all)]
        } else {
            subjects = all
        }
    }

    /// Finds the caller's own cache as Go does.
    private static func ownCache(_ surroundings: Surroundings) throws -> (Policy, String) {
        let location: CacheLocation
        do throws(CacheLocationError) {
            location = try CacheLocation.find(in: surroundings.environment) { file in
                // A GOENV file that cannot be read is one that Go does not use either.
                try? readFile(file, limit: ByteCount(1 << 20))
            }
        } catch {
            throw AgentError.failed(
                "cannot tell which cache is yours: \(error)",
                remedy: "set GOCACHE to an absolute path, or name a policy with --policy")
        }
        let owner = Accounts().name(of: surroundings.caller.effectiveUser)
        let path = location.path.lexicallyNormalized()
        guard try exists(path, surroundings) else {
            let place = "'\(escapedForDisplay(path.string))', \(location.source)"
            return (
                Policy(name: "built-in", caches: []),
                "no policy in force, and you have no Go build cache yet: the first build makes \(place)"
            )
        }
        return (
            .builtIn(path: path, owner: owner),
            "no policy in force: this is your own Go build cache, \(location.source)"
        )
    }

    /// Whether anything stands at a path; what cannot be looked at is left for the check to explain.
    private static func exists(_ path: FilePath, _ surroundings: Surroundings) throws -> Bool {
        guard !path.components.isEmpty else { return true }
        switch try PathDescent(to: path, from: surroundings.top).end {
        case .missing, .stopped(_, nil, .noSuchFileOrDirectory): return false
        case .found, .stopped: return true
        }
    }

    /// Looks up every user and group that the policies name.
    private static func accounts(_ policies: [Policy]) throws -> AccountTable {
        var table = AccountTable()
        let service = Accounts()
        for cache in policies.flatMap(\.caches) {
            let rules = cache.acl.map { acl in
                if case .list(let own) = acl.defaultList { acl.entries + own } else { acl.entries }
            }
            for name in [cache.owner, cache.entries.owner].compactMap({ $0 }) + (rules ?? []).names(.user) {
                table.users[name] = try lookUp(name) { () throws(Errno) in try service.user(named: name) }
            }
            for name in [cache.group].compactMap({ $0 }) + (rules ?? []).names(.group) {
                table.groups[name] = try lookUp(name) { () throws(Errno) in try service.group(named: name) }
            }
        }
        return table
    }

    /// An unknown name is left out: whoever needs it says which policy it is from.
    private static func lookUp<ID>(_ name: String, _ ask: () throws(Errno) -> ID?) throws -> ID? {
        do throws(Errno) {
            return try ask()
        } catch {
            throw AgentError.failed(
                "cannot look up '\(escapedForDisplay(name))': \(error)",
                remedy: "see that the host's name service works")
        }
    }
}

extension RunRequest.Target {
    var isAllCaches: Bool {
        if case .allCaches = self { true } else { false }
    }
}

extension [ACLRule] {
    fileprivate func names(_ tag: AccessList.Tag) -> [String] {
        compactMap { rule in
            guard rule.tag == tag, case .name(let name)? = rule.qualifier else { return nil }
            return name
        }
    }
}
