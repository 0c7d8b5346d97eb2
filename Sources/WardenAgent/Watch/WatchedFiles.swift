internal import SystemPackage
internal import WardenLinux
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// The files of the host that decide what must hold, and those that runs write outside of caches.
final class WatchedFiles {
    /// What has changed.
    struct Changes {
        var arePolicies = false
        /// As the policies and this host name them.
        var others: [FilePath] = []
    }

    /// Of each policy; those of further members are looked at in every run.
    private static let mostHomes = 200

    private let surroundings: Surroundings
    private let watch: PathWatch
    private let policies: Set<FilePath>
    private var others: [FilePath: FilePath] = [:]
    /// Where the policies are, for reports.
    let policyFolder: FilePath

    init(_ request: RunRequest, _ surroundings: Surroundings) throws(Errno) {
        self.surroundings = surroundings
        let store = PolicyStore(surroundings)
        let named = request.policies.isEmpty ? [store.defaultFolder] : request.policies.map(WorkingDirectory.absolute)
        policyFolder = named[0]
        let settings = request.settings.map(WorkingDirectory.absolute) ?? store.defaultSettings
        // Names in policies mean what these say.
        policies = Set(named + [settings, "/etc/passwd", "/etc/group"])
        watch = try PathWatch(top: "/")
    }

    var descriptorNumber: CInt { watch.descriptorNumber }

    /// Watches what these policies speak of from now on.
    func follow(_ loaded: LoadedPolicies) throws(Errno) {
        var paths: Set<FilePath> = []
        var folders: Set<FilePath> = []
        for policy in loaded.selected {
            paths.formUnion(policy.caches.map(\.path))
            paths.formUnion(policy.toolchains.map(\.path))
            guard !policy.environment.isEmpty || !policy.toolchains.isEmpty else { continue }
            paths.formUnion(DeliveryTarget.places.map(\.path))
            let toolchains = DeliveryTarget.usualToolchains + policy.toolchains.map(\.path)
            paths.formUnion(toolchains.map { $0.appending("go.env") })
            for places in environmentPlaces(policy) {
                paths.formUnion(places.files + places.folders)
                folders.formUnion(places.folders.map(surroundings.located))
            }
        }
        others = Dictionary(paths.map { (surroundings.located($0), $0) }) { $1 }
        try watch.watch(
            policies.union(others.keys).sorted { $0.string < $1.string }, folders: policies.union(folders))
    }

    /// Returns what a run reads to say how builds are started that a policy is about.
    private func environmentPlaces(_ policy: Policy) -> [EnvironmentPlaces] {
        var places: [EnvironmentPlaces] = []
        let groups = policy.environment.compactMap(\.usersGroup)
        // Whoever cannot be looked up is a run's to tell.
        let members = (try? BuildSubjects(surroundings).members(of: groups) { _ in }) ?? []
        let mounts = MountTable.current
        places += members.prefix(Self.mostHomes).compactMap(\.homeDirectory).filter {
            mounts.isLocal(surroundings.located($0))
        }
        .map(EnvironmentPlaces.home)
        if policy.environment.contains(where: { $0.deliver.contains(.systemServices) }) {
            places.append(.services(top: surroundings.top))
        }
        return places.isEmpty ? [] : places + [.host]
    }

    /// Returns what has changed since the last call.
    func take() -> Changes {
        let touched: Set<FilePath>
        do throws(Errno) {
            touched = try watch.read()
        } catch {
            // Out of watches: whatever it is, a run finds it.
            return Changes(arePolicies: true, others: [])
        }
        return Changes(
            arePolicies: !policies.isDisjoint(with: touched),
            others: touched.compactMap { others[$0] }.sorted { $0.string < $1.string })
    }
}
