internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// Answers how each user's builds find their cache, and what is wrong with that. Changes nothing and runs nothing.
package struct DoctorRun: Sendable {
    /// Where toolchains stand that no policy names: the Go project's own instructions, and Debian's package.
    private static let toolchains: [FilePath] = ["/usr/local/go", "/usr/lib/go"]

    private let request: RunRequest
    private let users: [String]
    private let surroundings: Surroundings
    private let accounts = Accounts()

    /// - Parameter users: Names; where there are none, the members of the policies' groups, and without those the caller.
    package init(_ request: RunRequest, users: [String], in surroundings: Surroundings) {
        self.request = request
        self.users = users
        self.surroundings = surroundings
    }

    package func run() throws(AgentError) -> Diagnosis {
        let store = PolicyStore(surroundings)
        let hostName = request.hostName ?? surroundings.hostName
        let loaded = try store.load(
            try store.files(request.policies), settings: request.settings, labels: request.labels,
            hostName: hostName)
        var notes: [String] = []
        let subjects = try subjects(loaded.selected, &notes)
        let wanted = Self.wanted(loaded.selected)
        var observer = EnvironmentObserver(top: surroundings.top)
        let own = loaded.selected.flatMap(\.toolchains).map(\.path)
        let toolchain = observer.toolchain(among: own + Self.toolchains)
        let shared = Set(loaded.selected.flatMap(\.caches).map(\.path))
        // Without /proc, or where it hides others' processes, nothing is said of what runs.
        let builds = (try? BuildObserver().commands()) ?? []
        let diagnoses = subjects.map { account in
            diagnosis(of: account, &observer, toolchain, wanted, shared, builds.filter { $0.user == account.id })
        }
        if wanted.isEmpty {
            notes.append("no policy of this host sets a variable: values are shown, and compared with nothing")
        }
        var observation = UnitObserver(top: surroundings.top)
        // Who asks for a user wants to hear of that user.
        let units = users.isEmpty ? observation.services(toolchain: toolchain, account: account) : []
        return Diagnosis(
            host: hostName, toolchain: toolchain, users: diagnoses, units: units,
            findings: BuildRules.findings(diagnoses, units, wanted: wanted), notes: notes)
    }

    // MARK: - Who

    private func subjects(_ policies: [Policy], _ notes: inout [String]) throws(AgentError) -> [UserAccount] {
        guard users.isEmpty else {
            var found: [UserAccount] = []
            for name in users {
                guard let account = try attempt({ () throws(Errno) in try accounts.account(named: name) }) else {
                    throw .failed("there is no user '\(escapedForDisplay(name))'", remedy: "'getent passwd' lists them")
                }
                found.append(account)
            }
            return found
        }
        let named = policies.flatMap(\.environment).compactMap(\.usersGroup)
        let groups = named.isEmpty ? policies.flatMap(\.caches).compactMap(\.group) : named
        guard !groups.isEmpty else {
            let caller = surroundings.caller.effectiveUser
            guard let account = try attempt({ () throws(Errno) in try accounts.account(of: caller) }) else {
                throw .failed("user \(caller.rawValue) has no account", remedy: "name a user with --user")
            }
            return [account]
        }
        var found: [UserAccount] = []
        for group in Set(groups).sorted() {
            let members = try attempt { () throws(Errno) in
                try accounts.group(named: group).flatMap { id throws(Errno) in try accounts.members(of: id) }
            }
            if members?.isEmpty != false {
                notes.append("group '\(escapedForDisplay(group))' lists nobody; name users with --user")
            }
            for name in members ?? [] {
                guard let account = try attempt({ () throws(Errno) in try accounts.account(named: name) }) else {
                    continue
                }
                if !found.contains(account) { found.append(account) }
            }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Returns whom a service names; one whom nobody can look up gets no HOME from the manager either.
    private func account(_ name: String) -> UserAccount? { (try? accounts.account(named: name)).flatMap { $0 } }

    private func attempt<Value>(_ ask: () throws(Errno) -> Value) throws(AgentError) -> Value {
        do throws(Errno) {
            return try ask()
        } catch {
            throw .failed("cannot look up an account: \(error)", remedy: "see that the host's name service works")
        }
    }

    // MARK: - What policies want

    private static func wanted(_ policies: [Policy]) -> [GoVariable: WantedVariable] {
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

    // MARK: - What is there

    private func diagnosis(
        of account: UserAccount, _ observer: inout EnvironmentObserver, _ toolchain: FilePath?,
        _ wanted: [GoVariable: WantedVariable], _ shared: Set<FilePath>, _ builds: [UserDiagnosis.Build]
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
            caches: ownCaches(account, variables, shared),
            denials: wanted[.cache].flatMap { denial(FilePath($0.value), subject) }.map { [$0] } ?? [],
            builds: builds, problems: observer.takeProblems().map(\.description))
    }

    /// Returns the build caches that are this user's alone: those that their builds find, and the usual place.
    private func ownCaches(
        _ account: UserAccount, _ variables: [BuildStart: [GoVariable: EffectiveVariable]], _ shared: Set<FilePath>
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

extension EnvironmentPolicy.Delivery {
    /// Which builds it reaches.
    fileprivate var starts: [BuildStart] {
        switch self {
        case .loginShells: [.loginShell]
        case .userServices: [.userService]
        case .systemServices: [.systemService]
        case .goEnv: BuildStart.allCases
        }
    }
}
