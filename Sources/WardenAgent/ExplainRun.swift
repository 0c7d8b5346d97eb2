internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// Answers why an entry of a cache is there, and for how long.
package struct ExplainRun: Sendable {
    private let request: RunRequest
    private let surroundings: Surroundings

    package init(_ request: RunRequest, in surroundings: Surroundings) {
        self.request = request
        self.surroundings = surroundings
    }

    /// Returns the explanation of one path, absolute or relative to the working directory.
    ///
    /// The cache is the policy's that the path stands in, or the Go build cache that the path's own form shows.
    package func run(_ text: String) throws -> EntryExplanation {
        let path = WorkingDirectory.absolute(FilePath(text))
        let scope = try RunScope(request, surroundings)
        let (subject, below) = try Self.locate(path, scope.subjects)
        let observer = CacheObserver(
            top: surroundings.top, threads: request.threads, now: surroundings.now, progress: request.progress)
        do throws(Errno) {
            let cache = subject.cache
            let observation = try observer.observe(
                name: cache.name, path: cache.path, layout: cache.layout, inventory: .pairs, accessLists: .none
            ) { _, _, _ in .none }
            guard let inventory = observation.census?.inventory else { throw .noSuchFileOrDirectory }
            let entries = try EntryObserver(
                top: surroundings.top, path: cache.path, layout: cache.layout, threads: request.threads)
            let entry = try entries.entry(below)
            let pair = try pair(of: entry, entries, inventory)
            return try explanation(subject, scope, observation, inventory, entries, entry, pair)
        } catch {
            throw AgentError.failed("cannot look at '\(escapedForDisplay(path.string))': \(error)", remedy: nil)
        }
    }

    private func pair(
        of entry: EntryObservation, _ entries: EntryObserver, _ inventory: Inventory
    ) throws(Errno) -> Inventory.Pair? {
        if let key = try entries.pairKey(of: entry) { return inventory.pair(withKey: key) }
        guard entry.role == .fuzz || entry.role == .plain else { return nil }
        return inventory.pair(holding: entry.inode)
    }

    private func explanation(
        _ subject: CacheSubject, _ scope: RunScope, _ observation: CacheObservation, _ inventory: Inventory,
        _ entries: EntryObserver, _ entry: EntryObservation, _ pair: Inventory.Pair?
    ) throws(Errno) -> EntryExplanation {
        let members = pair.map { entries.members(of: $0, in: inventory) } ?? []
        let planner: CachePlanner
        do throws(UnknownAccount) {
            planner = try CachePlanner(
                policy: subject.cache, mode: subject.mode, accounts: subject.accounts,
                caller: surroundings.caller.effectiveUser, callerGroup: surroundings.caller.effectiveGroup,
                purpose: .report, waivers: subject.waivers)
        } catch {
            throw .invalidArgument
        }
        let input = try retentionInput(planner, subject, scope, observation)
        let explainer = EntryExplainer(planner, observation, input, entry: entry, pair: pair, in: inventory)
        // What is refused has no signal that anybody goes by.
        let latest = members.max { $0.lastUse < $1.lastUse } ?? (pair == nil ? nil : entry)
        var names = IdentityNames()
        names.add(subject.accounts)
        names.add(from: observation)
        return EntryExplanation(
            cache: subject.cache.name, root: subject.cache.path,
            policy: scope.policies.selected.first { $0.caches.contains { $0.path == subject.cache.path } }?.name,
            entry: entry, pair: members, signal: latest.map(Self.signal), lastUse: latest?.lastUse,
            keeps: explainer.keeps, removes: explainer.removes, userNames: names.users, groupNames: names.groups)
    }

    private func retentionInput(
        _ planner: CachePlanner, _ subject: CacheSubject, _ scope: RunScope, _ observation: CacheObservation
    ) throws(Errno) -> RetentionInput? {
        guard subject.cache.retention != nil, case .present(let root) = observation.root,
            let census = observation.census
        else { return nil }
        let look = RetentionLook(
            surroundings: surroundings, policies: scope.policies.selected, threads: request.threads)
        let compiled = try look.compiledOutputs(planner, subject.cache, root, census)
        let builds = surroundings.observeBuilds(root.identity, subject.cache.path, subject.cache.layout)
        return RetentionInput(
            builds: builds, compiled: compiled, trim: nil,
            selection: planner.select(observation, builds: builds, compiled: compiled), named: nil)
    }

    private static func signal(_ entry: EntryObservation) -> EntryExplanation.Reason {
        let verb = entry.accessed > entry.modified ? "read (atime)" : "written or refreshed (mtime)"
        return .init("\(entry.role.rawValue) '\(entry.path)' was \(verb)", at: entry.lastUse)
    }

    /// Returns the cache that a path stands in, and the path below its root.
    private static func locate(
        _ path: FilePath, _ subjects: [CacheSubject]
    ) throws(AgentError) -> (CacheSubject, RelativePath) {
        let known = subjects.filter { path.starts(with: $0.cache.path) && path != $0.cache.path }
        if let subject = known.max(by: { $0.cache.path.components.count < $1.cache.path.components.count }) {
            return (subject, below(path, subject.cache.path))
        }
        var root = path.removingLastComponent()
        // An executable stands one directory deeper than other entries.
        if root.lastComponent?.string.hasSuffix("-d") == true { root = root.removingLastComponent() }
        if root.lastComponent?.string.utf8.count == 2 { root = root.removingLastComponent() }
        guard !root.components.isEmpty else {
            throw .failed("'\(escapedForDisplay(path.string))' is in no cache", remedy: "give the path of an entry")
        }
        return (try CacheArgument(root.string).subject(among: subjects), below(path, root))
    }

    private static func below(_ path: FilePath, _ root: FilePath) -> RelativePath {
        let names = path.components.dropFirst(root.components.count).map { Array($0.string.utf8) }
        return RelativePath(bytes: Array(names.joined(separator: [UInt8(ascii: "/")])))
    }
}
