internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// Finds out how one user's builds find their cache.
struct UserDiagnoser {
    private let request: RunRequest
    private let surroundings: Surroundings
    private let accounts = Accounts()
    private var observer: EnvironmentObserver
    private let wanted: [GoVariable: WantedVariable]
    /// Caches that policies speak of: nobody's own.
    private let shared: Set<FilePath>
    /// Whose `go.env` counts.
    let toolchain: FilePath?

    init(_ policies: [Policy], _ request: RunRequest, in surroundings: Surroundings) {
        self.request = request
        self.surroundings = surroundings
        observer = EnvironmentObserver(top: surroundings.top)
        wanted = Self.wanted(policies)
        shared = Set(policies.flatMap(\.caches).map(\.path))
        toolchain = observer.toolchain(
            among: policies.flatMap(\.toolchains).map(\.path) + DeliveryTarget.usualToolchains)
    }

    /// Returns what policies deliver, and to which builds.
    static func wanted(_ policies: [Policy]) -> [GoVariable: WantedVariable] {
        var wanted: [GoVariable: WantedVariable] = [:]
        for policy in policies {
            for environment in policy.environment {
                let starts = Set(environment.deliver.flatMap(\.starts))
                for (name, value) in environment.variables {
                    guard let variable = GoVariable(rawValue: name) else { continue }
                    let others = wanted[variable]?.starts ?? []
                    wanted[variable] = WantedVariable(value: value, starts: starts.union(others), policy: policy.name)
                }
            }
        }
        return wanted
    }

    /// - Parameters:
    ///   - builds: Their `go` commands that run now.
    ///   - measuresCaches: Whether caches of their own are looked for and walked.
    mutating func diagnosis(
        of account: UserAccount, builds: [UserDiagnosis.Build], measuresCaches: Bool
    ) -> UserDiagnosis {
        // Without its groups a name service that fails makes a user look poorer than they are.
        let groups = (try? accounts.groups(of: account)) ?? [account.primaryGroup]
        let subject = AccessSubject.user(account.id, name: account.name, groups: groups)
        var variables: [BuildStart: [GoVariable: EffectiveVariable]] = [:]
        for start in BuildStart.allCases {
            variables[start] = observer.variables(
                in: observer.environment(of: start, for: account), toolchain: toolchain, for: subject)
        }
        return UserDiagnosis(
            subject: subject, home: account.homeDirectory, variables: variables,
            caches: measuresCaches ? ownCaches(account, variables) : [],
            denials: wanted[.cache].flatMap { denial(FilePath($0.value), subject) }.map { [$0] } ?? [],
            builds: builds, gopaths: gopaths(account, variables),
            problems: observer.takeProblems().map(\.description))
    }

    /// Returns what lies in this user's GOPATH, where that is in their own home: elsewhere they may not be who looks.
    private func gopaths(
        _ account: UserAccount, _ variables: [BuildStart: [GoVariable: EffectiveVariable]]
    ) -> [GopathObservation] {
        guard let home = account.homeDirectory, home.components.count > 0 else { return [] }
        let entries = variables.values.flatMap { ($0[.path]?.value ?? "").split(separator: ":").map(String.init) }
        let paths = Set(entries.filter { $0.hasPrefix("/") }.map { FilePath($0).lexicallyNormalized() })
        let observer = GopathObserver(top: surroundings.top)
        return paths.filter { $0.starts(with: home) }.sorted { $0.string < $1.string }.map {
            observer.observe($0, home: home)
        }
    }

    /// Returns the build caches that are this user's alone: those that their builds find, and the usual place.
    private func ownCaches(
        _ account: UserAccount, _ variables: [BuildStart: [GoVariable: EffectiveVariable]]
    ) -> [UserDiagnosis.Cache] {
        let found = variables.values.compactMap { $0[.cache]?.value }.filter { $0.hasPrefix("/") }.map { FilePath($0) }
        let usual = account.homeDirectory.map { [$0.appending(".cache/go-build")] } ?? []
        let paths = Set((found + usual).map { $0.lexicallyNormalized() }).subtracting(shared)
        return paths.sorted { $0.string < $1.string }.compactMap(cache)
    }

    private func cache(_ path: FilePath) -> UserDiagnosis.Cache? {
        // A user may say that their cache is "/": only what has a shard is walked. What is not there is no cache.
        let shard = try? AccessObserver.observe(path.appending("00"), top: surroundings.top)
        guard path.components.count > 1, shard?.node.kind == .directory else { return nil }
        let observer = CacheObserver(
            top: surroundings.top, threads: request.threads, now: surroundings.now, progress: request.progress)
        // As above.
        let observation = try? observer.observe(
            name: "", path: path, layout: .goBuild, inventory: .none, accessLists: .none
        ) { _, _, _ in .none }
        guard let census = observation?.census else { return nil }
        return UserDiagnosis.Cache(
            path: path, size: census.allocated, entries: census.count(.action, .output, .executable))
    }

    private func denial(_ path: FilePath, _ subject: AccessSubject) -> UserDiagnosis.Denial? {
        // What is not there yet is for 'check' to say.
        guard let observed = try? AccessObserver.observe(path, top: surroundings.top) else { return nil }
        let denied = AccessOperation.all(on: .directory).filter { observed.verdict(for: subject, $0).answer == .no }
        return denied.isEmpty ? nil : UserDiagnosis.Denial(path: path, operations: denied)
    }
}
