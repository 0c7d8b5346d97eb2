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
        let selection = planner.select(observation, builds: builds, keeping: keeping)
        do throws(Errno) {
            let observer = try RetentionObserver(
                top: surroundings.top, path: cache.path, identity: root.identity, threads: threads)
            let trim = cache.layout == .goBuild ? try observer.trim() : nil
            let going =
                planner.acceptsRetention
                ? planner.select(observation, builds: builds, keeping: keeping, for: .changes) : selection
            let named = purpose == .changes ? observer.names(of: going, in: inventory) : nil
            return RetentionInput(
                builds: builds, keeping: keeping, trim: trim, selection: selection, named: named)
        } catch {
            throw AgentError.failed(
                "cannot look at '\(escapedForDisplay(cache.path.string))' again: \(error)", remedy: nil)
        }
    }
}
