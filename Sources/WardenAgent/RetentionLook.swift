internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// What retention has to know of one cache beyond its census, asked for in the order that keeps it true.
///
/// Builds are looked for after the walk: one that begins later has its reads after the walk, and a second look at each
/// action sees them.
struct RetentionLook {
    let surroundings: Surroundings
    /// Those in force: they say where toolchains are.
    let policies: [Policy]
    let threads: Int

    /// Returns `nil` where the policy asks for no retention, or there is no cache.
    func input(
        _ planner: CachePlanner, _ cache: CachePolicy, _ observation: CacheObservation,
        _ purpose: CachePlanner.Purpose
    ) throws(AgentError) -> RetentionInput? {
        guard cache.retention != nil, case .present(let root) = observation.root, let census = observation.census,
            let inventory = census.inventory
        else { return nil }
        let builds = surroundings.observeBuilds(root.identity, cache.path, cache.layout)
        let keeping = cache.layout == .goMod ? ModuleUseObserver().keys(of: builds.builds) : []
        do throws(Errno) {
            let compiled = try compiledOutputs(planner, cache, root, census)
            let selection = planner.select(observation, builds: builds, keeping: keeping, compiled: compiled)
            let observer = try RetentionObserver(
                top: surroundings.top, path: cache.path, identity: root.identity, threads: threads)
            let trim = cache.layout == .goBuild ? try observer.trim() : nil
            let going =
                planner.acceptsRetention
                ? planner.select(
                    observation, builds: builds, keeping: keeping, compiled: compiled, for: .changes) : selection
            let named = purpose == .changes ? observer.names(of: going, in: inventory) : nil
            return RetentionInput(
                builds: builds, keeping: keeping, compiled: compiled, trim: trim, selection: selection, named: named)
        } catch {
            throw AgentError.failed(
                "cannot look at '\(escapedForDisplay(cache.path.string))' again: \(error)", remedy: nil)
        }
    }

    /// Looks into every output, where the policy drops toolchains; elsewhere into none.
    func compiledOutputs(
        _ planner: CachePlanner, _ cache: CachePolicy, _ root: PresentRoot, _ census: Census
    ) throws(Errno) -> CompiledOutputs {
        guard planner.wantsCompiledOutputs, let dropped = cache.retention?.dropToolchains else {
            return CompiledOutputs()
        }
        let observer = try CompiledOutputsObserver(
            top: surroundings.top, path: cache.path, identity: root.identity, threads: threads)
        let owners = Set(census.groups.map(\.node.owner))
        return try observer.outputs(
            toolchains: dropped == .uninstalled ? surroundings.toolchains(policies, owners, Accounts()) : nil)
    }
}
