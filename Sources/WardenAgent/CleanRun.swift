package import SystemPackage
internal import WardenApply
internal import WardenAudit
internal import WardenGoCache
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// How a cache is to be emptied.
package struct CleanRequest: Sendable {
    package enum Builds: Sendable {
        /// Outputs that a running build may hold stay; so long is waited for it to end.
        case wait(Duration)
        /// Everything goes now, and the builds that use it fail.
        case ignore
    }

    package enum Way: Sendable {
        /// By the agent itself, in the order that keeps builds whole.
        case native
        /// By `go clean -cache` as the cache's owner; by the go command at a path, or at one of the usual places.
        case go(FilePath?)
    }

    package enum Scope: Sendable {
        case everything
        /// Outputs whose content is not what their names say, and every action that names them.
        case damaged([OutputVerification.Mismatch])
        /// Versions of a module cache, whole.
        case versions([ModuleVerification.Damage])
    }

    package let way: Way
    package let builds: Builds
    package let scope: Scope

    package init(way: Way = .native, builds: Builds, scope: Scope = .everything) {
        self.way = way
        self.builds = builds
        self.scope = scope
    }

    /// The keys of the pairs that are meant; `nil` for all.
    var keys: Set<UInt64>? {
        switch scope {
        case .everything: nil
        case .versions(let damages): Set(damages.map(\.version.key))
        case .damaged(let mismatches):
            Set(
                mismatches.map { mismatch in
                    let name = mismatch.entry.bytes.split(separator: UInt8(ascii: "/")).last ?? []
                    return PairKey.ofName(Array(name).span)
                })
        }
    }

    /// The versions that are meant.
    var versions: [ModuleVerification.Damage] {
        if case .versions(let damages) = scope { damages } else { [] }
    }

    /// The layout of the caches that this may be done to.
    fileprivate var layout: CacheLayout {
        if case .versions = scope { .goMod } else { .goBuild }
    }

    /// What does not happen where it may not.
    fileprivate var participle: String {
        switch scope {
        case .everything: "emptied"
        case .damaged, .versions: "repaired"
        }
    }
}

/// Empties one cache, or takes damaged outputs out of it, while builds run.
///
/// First every action goes: no build can find anything any more, and none fails for it. Outputs go when the builds that
/// began before have ended. They are retired first, their times set to 1970, so that any later look at one is noted on
/// every mount: a build that stores the same content again reads the output, and then it stays.
package struct CleanRun: Sendable {
    private let request: RunRequest
    let clean: CleanRequest
    let surroundings: Surroundings
    /// Says what the run waits for.
    private let note: @Sendable (String) -> Void

    package init(
        _ clean: CleanRequest, _ request: RunRequest, in surroundings: Surroundings,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.clean = clean
        self.request = request
        self.surroundings = surroundings
        self.note = note
    }

    package func run() throws -> RunReport {
        let session = try ApplySession(request, surroundings)
        let subject = try allowed(session.scope)
        let before = try observe(subject)
        let plan = try plan(subject, before)
        try session.begin([(plan.name, plan.path, plan.root)])
        var outcome = RetentionOutcome()
        var notes: [String] = []
        switch clean.way {
        case .native where clean.layout == .goMod: notes = try evictVersions(plan, before, session, &outcome)
        case .native: notes = try cleanNatively(subject, plan, before, session, &outcome)
        case .go(let command): outcome.add(try cleanWithGo(command, plan, before, session))
        }
        let after = try observe(subject)
        let cache = RunReport.Cache(plan: plan, before: before, after: after, remaining: [], retention: outcome)
        return try session.end([cache], verdict: verdict(cache, since: before.observedAt), notes: notes)
    }

    private func verdict(_ cache: RunReport.Cache, since start: Timestamp) -> RunReport.Verdict {
        guard let outcome = cache.retention, let inventory = cache.after?.census?.inventory else { return .failed }
        let left =
            switch clean.scope {
            case .everything: inventory.builtCount
            case .damaged(let outputs):
                CleanSelection.remaining(of: Set(outputs.map(\.inode)), in: inventory, since: start)
            // Whatever was not selected because it must not be touched is still there, too.
            case .versions(let damages):
                damages.count { damage in !Self.isGone(damage, cache.before.census?.inventory, inventory) }
            }
        if outcome.failureCount > 0 || outcome.goClean?.isEffective == false { return .partlyRepaired }
        if left > 0 { return .drift }
        return outcome.removed > 0 || outcome.goClean != nil ? .repaired : .compliant
    }

    // MARK: - What may be emptied

    private func allowed(_ scope: RunScope) throws -> CacheSubject {
        guard var subject = scope.subjects.first else {
            throw AgentError.failed("no cache is meant", remedy: "give its name or path")
        }
        if subject.isUnspoken { subject = subject.with(clean.layout) }
        let name = escapedForDisplay(subject.cache.name)
        guard subject.mode == .enforce || subject.isUnspoken else {
            throw AgentError.failed(
                "cache '\(name)' is not \(clean.participle): its policy says 'mode: audit', which never changes anything",
                remedy: "say 'mode: enforce' in policy '\(escapedForDisplay(subject.policy))'")
        }
        guard subject.cache.layout == clean.layout else {
            throw AgentError.failed(
                "cache '\(name)' is not \(clean.participle): its layout is '\(subject.cache.layout.rawValue)'",
                remedy: "only Go build caches are; limit others with 'retention'")
        }
        return subject
    }

    /// Returns an empty plan for the cache; throws where a rule forbids going near it.
    private func plan(_ subject: CacheSubject, _ observation: CacheObservation) throws -> CachePlan {
        let planner: CachePlanner
        do throws(UnknownAccount) {
            planner = try CachePlanner(
                policy: subject.cache, mode: .enforce, accounts: subject.accounts,
                caller: surroundings.caller.effectiveUser, callerGroup: surroundings.caller.effectiveGroup,
                purpose: .changes)
        } catch {
            throw AgentError.failed("cannot look at cache '\(subject.cache.name)': \(error)", remedy: nil)
        }
        let host = HostObserver.observe(groups: planner.writingGroups)
        if let finding = planner.blocking(observation, host).first {
            throw AgentError.failed(
                "'\(escapedForDisplay(observation.path.string))' is not \(clean.participle): \(finding.rule.rawValue): \(finding.found)",
                remedy: finding.remedy)
        }
        guard case .present(let root) = observation.root, observation.census != nil else {
            throw AgentError.failed(
                "there is no cache at '\(escapedForDisplay(observation.path.string))'", remedy: "give its path")
        }
        return CachePlan(
            name: observation.name, path: observation.path, mode: .enforce, root: root.identity, findings: [],
            changes: [])
    }

    private func observe(_ subject: CacheSubject) throws -> CacheObservation {
        let observer = CacheObserver(
            top: surroundings.top, threads: request.threads, now: surroundings.now, progress: request.progress)
        do throws(Errno) {
            return try observer.observe(
                name: subject.cache.name, path: subject.cache.path, layout: subject.cache.layout,
                inventory: clean.layout == .goMod ? .modules : .pairs
            ) { _, _, _ in .examples }
        } catch .canceled {
            throw AgentError.interrupted
        } catch {
            throw AgentError.failed(
                "cannot look at '\(escapedForDisplay(subject.cache.path.string))': \(error)", remedy: nil)
        }
    }

    // MARK: - With go

    private func cleanWithGo(
        _ command: FilePath?, _ plan: CachePlan, _ before: CacheObservation, _ session: ApplySession
    ) throws -> RetentionOutcome {
        guard case .present(let root) = before.root, let census = before.census else { return RetentionOutcome() }
        let builds = surroundings.observeBuilds(root.identity, plan.path, .goBuild)
        if case .wait = clean.builds {
            guard case .known(let running) = builds, running.isEmpty else {
                throw AgentError.failed(
                    "builds are running, and 'go clean -cache' would fail them: "
                        + (builds.builds.first?.reasonToWait ?? "without a whole /proc nobody can say which"),
                    remedy: "wait, or let cachewarden empty the cache by itself, or say --now")
            }
        }
        return try GoCleaner(surroundings: surroundings, threads: request.threads, go: command)
            .clean(plan, owner: root.node.owner, measured: census.allocated, journal: session.retentionJournal)
    }

    // MARK: - Natively

    /// Returns what is left to say.
    private func cleanNatively(
        _ subject: CacheSubject, _ plan: CachePlan, _ before: CacheObservation, _ session: ApplySession,
        _ outcome: inout RetentionOutcome
    ) throws -> [String] {
        guard let inventory = before.census?.inventory else { return [] }
        var retention = RetentionPlan()
        retention.evictions = try named(CleanSelection.everything(inventory, keys: clean.keys), inventory, plan)
            .evictions
        retention.unusedSince = .max
        guard case .wait(let patience) = clean.builds else {
            outcome.add(try execute(plan.withRetention(retention), session))
            return []
        }
        retention.passes = .separate
        var actions = try execute(plan.withRetention(retention), session)
        // The outputs' turn comes now.
        actions.kept[.waiting] = nil
        outcome.add(actions)
        guard !Interruption.isPending else { return [] }
        let blocking = waitForBuilds(plan, patience)
        guard blocking.isEmpty, !Interruption.isPending else { return blocking }
        try removeOutputs(subject, plan, session, &outcome)
        return []
    }

    private func removeOutputs(
        _ subject: CacheSubject, _ plan: CachePlan, _ session: ApplySession, _ outcome: inout RetentionOutcome
    ) throws {
        let orphaned = try observe(subject)
        guard let inventory = orphaned.census?.inventory else { return }
        var retirement = RetentionPlan()
        retirement.times = try named(CleanSelection.retirement(inventory, keys: clean.keys), inventory, plan).times
        var retired = try execute(plan.withRetention(retirement), session)
        // Means to an end: they are removed at once.
        retired.timesSet = 0
        outcome.add(retired)
        let again = try observe(subject)
        guard let inventory = again.census?.inventory else { return }
        var removal = RetentionPlan()
        removal.evictions =
            try named(CleanSelection.retiredOutputs(inventory, keys: clean.keys), inventory, plan).evictions
        removal.unusedSince = CleanSelection.retired + 2
        outcome.add(try execute(plan.withRetention(removal), session))
    }

    func named(
        _ selection: RetentionSelection, _ inventory: Inventory, _ plan: CachePlan
    ) throws -> NamedSelection {
        guard let root = plan.root else { return NamedSelection() }
        do throws(Errno) {
            return try RetentionObserver(
                top: surroundings.top, path: plan.path, identity: root, threads: request.threads
            ).names(of: selection, in: inventory)
        } catch {
            throw AgentError.failed(
                "cannot look at '\(escapedForDisplay(plan.path.string))' again: \(error)", remedy: nil)
        }
    }

    func execute(
        _ plan: CachePlan, _ session: ApplySession,
        // Outputs without an action wait for the second part, whoever builds.
        hasBuilds: @escaping @Sendable () -> Bool = { true }
    ) throws -> RetentionOutcome {
        let executor = RetentionExecutor(
            top: surroundings.top, threads: request.threads, progress: request.progress, now: surroundings.now,
            hasBuilds: hasBuilds)
        let execution = try executor.execute(plan, journal: session.retentionJournal)
        if let failure = execution.failure {
            throw AgentError.failed("\(failure)", remedy: "free space or repair the audit log's disk")
        }
        return execution.outcome
    }

    /// Waits until every build has ended that began before now; returns what stands in the way after `patience`.
    func waitForBuilds(_ plan: CachePlan, _ patience: Duration) -> [String] {
        let start = surroundings.now()
        var told: Set<Int32> = []
        while let root = plan.root {
            guard case .known(let all) = surroundings.observeBuilds(root, plan.path, clean.layout) else {
                return ["without a whole /proc nobody can say which builds run: what they may use stays"]
            }
            let builds = all.filter { $0.startedAt <= start }
            guard !builds.isEmpty, !Interruption.isPending, surroundings.now().since(start) < patience else {
                return builds.map(\.reasonToWait)
            }
            for build in builds where told.insert(build.process).inserted { note("waiting: \(build.reasonToWait)") }
            BackgroundThread.sleep(.milliseconds(500))
        }
        return []
    }
}

extension RunningBuild {
    /// Who is waited for, one sentence.
    var reasonToWait: String {
        "'\(command)' (process \(process), user \(user.rawValue)) has been running since \(startedAt), and may hold outputs"
    }
}

extension CacheSubject {
    /// Whether no policy speaks of it: then whoever names it decides.
    var isUnspoken: Bool { policy == CacheArgument.policy }

    /// Returns the same cache with a layout that was seen.
    func with(_ layout: CacheLayout) -> CacheSubject {
        CacheSubject(
            policy: policy, cache: CachePolicy(name: cache.name, path: cache.path, layout: layout), mode: mode,
            accounts: accounts)
    }
}
