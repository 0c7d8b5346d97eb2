internal import Logging
internal import SystemPackage
internal import WardenApply
internal import WardenAudit
internal import WardenGoCache
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy
internal import WardenReport

/// One run: observe, plan, and, for `apply`, execute, observe again and record.
package struct AgentRun: Sendable {
    private let surroundings: Surroundings
    private let request: RunRequest
    private let runID: String
    private let startedAt: Timestamp

    package init(_ request: RunRequest, in surroundings: Surroundings) {
        self.request = request
        self.surroundings = surroundings
        runID = surroundings.makeRunID()
        startedAt = surroundings.now()
    }

    /// What a run found out, and the plan that it made.
    package struct Result: Sendable {
        package fileprivate(set) var report: RunReport
        package let plan: Plan
        /// Doubts about the policies that were read.
        package let warnings: [Diagnostic]
    }

    /// Runs. Throws `AgentError` where there is no answer to report.
    package func run() throws -> Result {
        let scope = try RunScope(request, surroundings)
        note(.readPolicies(scope.policies))
        guard request.command == .apply else {
            // Only a plan needs every name.
            let caches = try observeAndPlan(scope, request.command == .plan ? .changes : .report)
            let toolchains = toolchains(scope).plan()
            let delivery = try delivery(scope).plan(beside: caches.map(\.plan), toolchains)
            let plan = plan(scope, caches, toolchains, delivery)
            return result(scope, caches.map { RunReport.Cache(plan: $0.plan, before: $0.observation) }, plan, nil)
        }
        let lock = try surroundings.takeLock()
        defer { withExtendedLifetime(lock) {} }
        return try apply(scope)
    }

    // MARK: - Applying

    private func apply(_ scope: RunScope) throws -> Result {
        let planned = try observeAndPlan(scope, .changes)
        let wanted = toolchains(scope).plan()
        let plan = plan(
            scope, planned, wanted, try delivery(scope).plan(beside: planned.map(\.plan), wanted))
        let caches = try withSavedRetention(planned, plan)
        let preflight = Preflight(caller: surroundings.caller, capabilities: .current)
        try refuseWithoutRights(plan, preflight)
        let hindrances = caches.flatMap { preflight.hindrances(to: $0) }
        let log = try surroundings.openLog(scope.policies.settings, run: runID)
        try log.append(.runStarted(started(scope, caches)))
        // First, since it takes longest and nothing else of the run depends on anything but its end.
        let installed = toolchains(scope).carryOut(plan.toolchains, log)
        var done: [RunReport.Cache] = []
        var failure = installed.failure
        for cache in caches {
            guard failure == nil, cache.plan.mode == .enforce, !cache.plan.isBlocked else {
                done.append(RunReport.Cache(plan: cache.plan, before: cache.observation))
                continue
            }
            let retention = try carryOutRetention(cache, log)
            failure = retention.failure
            guard failure == nil else {
                done.append(
                    RunReport.Cache(plan: cache.plan, before: cache.observation, retention: retention.outcome))
                continue
            }
            let journal = AuditJournal(log: log, path: cache.plan.path)
            let executor = PlanExecutor(
                top: surroundings.top, threads: request.threads, progress: request.progress, proof: { EntryProof() })
            let began = surroundings.now()
            let execution = try executor.execute(cache.plan, journal: journal)
            note(.carriedOut(cache.plan, execution.outcomes, surroundings.now().since(began)))
            failure = execution.failure
            done.append(try observeAgain(cache, execution.outcomes, retention.outcome))
        }
        let delivered = try deliver(scope, plan, done, installed.toolchains, log, failed: failure != nil)
        return try finish(
            scope, done, plan, installed.toolchains, delivered, log, failure ?? delivered.failure,
            notes: hindrances + installed.notes + [delivered.untold].compactMap { $0 })
    }

    private func toolchains(_ scope: RunScope) -> ToolchainRun { ToolchainRun(scope, request, surroundings) }

    private func delivery(_ scope: RunScope) -> DeliveryRun { DeliveryRun(scope, request, surroundings) }

    /// Sends builds to caches after these are as they should be.
    private func deliver(
        _ scope: RunScope, _ plan: Plan, _ caches: [RunReport.Cache], _ toolchains: [RunReport.Toolchain],
        _ log: AuditLog, failed: Bool
    ) throws -> DeliveryRun.Result {
        guard !failed, !Interruption.isPending else {
            let waiting = plan.delivery.files.indices.filter { plan.delivery.files[$0].change != nil }
            let outcomes = Dictionary(uniqueKeysWithValues: waiting.map { ($0, FileOutcome.interrupted) })
            return DeliveryRun.Result(delivery: RunReport.Delivery(plan: plan.delivery, outcomes: outcomes))
        }
        let run = delivery(scope)
        let standing = toolchains.map { $0.after ?? $0.plan }
        // A toolchain that has just come has a go.env of its own, and may be put on PATH. A saved plan knew neither.
        let isNew = toolchains.contains(where: \.isInstalled)
        let fresh =
            isNew && request.savedPlan == nil ? try run.plan(beside: caches.map(\.plan), standing) : plan.delivery
        return try run.carryOut(fresh, beside: caches, standing, isNew: isNew, log)
    }

    /// Removes and refreshes before rights are repaired: what goes needs no repair, and a full disk needs room first.
    private func carryOutRetention(
        _ cache: PlannedCache, _ log: AuditLog
    ) throws -> (outcome: RetentionOutcome?, failure: (any Error)?) {
        guard let retention = cache.plan.retention, !Interruption.isPending else { return (nil, nil) }
        let surroundings = surroundings
        if retention.cleansWithGo, let outcome = try cleanWithGo(cache, log) { return (outcome, nil) }
        let (root, path, layout) = (cache.plan.root, cache.plan.path, cache.observation.layout)
        let executor = RetentionExecutor(
            top: surroundings.top, threads: request.threads, progress: request.progress, now: surroundings.now,
            hasBuilds: {
                guard let root, case .known(let builds) = surroundings.observeBuilds(root, path, layout) else {
                    return true
                }
                return !builds.isEmpty
            })
        let began = surroundings.now()
        let execution = try executor.execute(cache.plan, journal: AuditRetentionJournal(log: log))
        note(.retained(cache.plan, retention, execution.outcome, surroundings.now().since(began)))
        return (execution.outcome, execution.failure)
    }

    /// `when-exceeded: clean`: nothing is run while builds use the cache, the next run does.
    private func cleanWithGo(_ cache: PlannedCache, _ log: AuditLog) throws -> RetentionOutcome? {
        guard case .present(let root) = cache.observation.root, let census = cache.observation.census else {
            return nil
        }
        guard case .known(let builds) = surroundings.observeBuilds(root.identity, cache.plan.path, .goBuild),
            builds.isEmpty
        else {
            var outcome = RetentionOutcome()
            outcome.kept[.waiting] = census.inventory?.builtCount ?? 0
            return outcome
        }
        return try GoCleaner(surroundings: surroundings, threads: request.threads).clean(
            cache.plan, owner: root.node.owner, measured: census.allocated,
            journal: AuditRetentionJournal(log: log))
    }

    private func observeAgain(
        _ cache: PlannedCache, _ outcomes: [ChangeOutcome], _ retention: RetentionOutcome?
    ) throws -> RunReport.Cache {
        // An interruption asks for an end, not for another walk; what was done is known.
        guard !outcomes.isEmpty || retention != nil, !Interruption.isPending else {
            return RunReport.Cache(
                plan: cache.plan, before: cache.observation, outcomes: outcomes, retention: retention)
        }
        let again = try observeAndPlan(cache.subject, cache.policies, .report)
        return RunReport.Cache(
            plan: cache.plan, before: cache.observation, outcomes: outcomes, after: again.observation,
            remaining: again.plan.findings, retention: retention)
    }

    private func finish(
        _ scope: RunScope, _ caches: [RunReport.Cache], _ plan: Plan, _ toolchains: [RunReport.Toolchain],
        _ delivered: DeliveryRun.Result, _ log: AuditLog, _ failure: (any Error)?, notes: [String]
    ) throws -> Result {
        let delivery = delivered.delivery
        let isWhole = failure == nil && delivered.untold == nil
        let waivers = WaiverOutcome(scope, request, caches, toolchains, delivery)
        let verdict = isWhole ? self.verdict(caches, toolchains, delivery, waivers) : .partlyRepaired
        let outcomes = caches.flatMap(\.outcomes)
        let exceptions = outcomes.flatMap(\.exceptions)
        let failed =
            caches.reduce(0) { $0 + $1.failedCount }
            + delivery.outcomes.values.count(where: \.isFailure)
            + toolchains.count { $0.outcome?.isFailure == true }
        let installed = toolchains.count(where: \.isInstalled)
        let left =
            delivery.outcomes.count - delivery.appliedCount + toolchains.count { $0.outcome != nil } - installed
        let kept = caches.compactMap(\.retention).reduce(0) { $0 + $1.kept.values.reduce(0, +) + $1.vanished }
        if failure == nil { try measure(scope, caches, toolchains, delivery, waivers, log) }
        try log.append(
            .runEnded(
                RunEnded(
                    verdict: verdict, exitCode: verdict.exitCode,
                    findings: waivers.standing.count { $0.disposition != .waived } + waivers.findings.count
                        + request.watchFindings.count,
                    applied: caches.reduce(0) { $0 + $1.appliedCount } + delivery.appliedCount + installed,
                    skipped: max(0, exceptions.count + kept + left - failed),
                    failed: failed, elapsed: surroundings.now().since(startedAt))))
        let audit = try surroundings.endLog(log, run: runID)
        if let failure { throw AgentError.failed("\(failure)", remedy: "free space or repair the audit log's disk") }
        var result = result(scope, caches, plan, audit.head, toolchains, delivery, notes + audit.notes)
        if !isWhole { result.report.verdict = verdict }
        MetricsFile(scope.policies, in: surroundings).write(&result.report)
        Outbox(scope.policies.settings, in: surroundings).write(&result.report, isWholeHost: request.policies.isEmpty)
        return result
    }

    /// Leaves in the log what history is made of.
    private func measure(
        _ scope: RunScope, _ caches: [RunReport.Cache], _ toolchains: [RunReport.Toolchain],
        _ delivery: RunReport.Delivery, _ waivers: WaiverOutcome, _ log: AuditLog
    ) throws {
        let measurements = Measurements(policies: scope.policyFiles, rules: request.rules)
        for cache in caches { try log.append(measurements.measured(cache)) }
        guard scope.concernsMoreThanCaches else { return }
        try log.append(
            measurements.measuredHost(
                found: toolchains.flatMap(\.plan.findings) + delivery.plan.allFindings + waivers.findings,
                standing: toolchains.flatMap(\.standing) + delivery.standing + waivers.findings))
    }

    /// Returns the caches with what a saved plan wants to be removed, and no more; throws where its ground has moved.
    private func withSavedRetention(_ caches: [PlannedCache], _ plan: Plan) throws -> [PlannedCache] {
        guard let saved = request.savedPlan else { return caches }
        let decoded: Plan
        do {
            decoded = try PlanDocument.decode(saved.bytes)
        } catch {
            throw AgentError.failed(
                "cannot use saved plan '\(escapedForDisplay(saved.path.string))': \(error)",
                remedy: "make a new one with 'cachewarden plan --out FILE'")
        }
        let moved = differences(saved: decoded, fresh: plan, limit: 20)
        guard moved.isEmpty else { throw AgentError.stalePlan(moved) }
        return caches.map { cache in
            let saved = decoded.caches.first { $0.name == cache.plan.name }
            return PlannedCache(
                subject: cache.subject, observation: cache.observation,
                plan: cache.plan.withRetention(saved?.retention), names: cache.names, policies: cache.policies)
        }
    }

    /// Ends a run that would fail at every entry before it has begun.
    private func refuseWithoutRights(_ plan: Plan, _ preflight: Preflight) throws {
        for cache in plan.caches where cache.mode == .enforce {
            let missing = preflight.missing(for: cache) + preflight.forbidden(for: cache)
            guard missing.isEmpty else {
                throw AgentError.failed(
                    "cannot repair cache '\(escapedForDisplay(cache.name))': this process lacks "
                        + missing.joined(separator: ", ") + "; nothing was changed",
                    remedy: "run as root, or give the unit these capabilities and take these directives out")
            }
        }
    }

    private func started(_ scope: RunScope, _ caches: [PlannedCache]) -> RunStarted {
        RunStarted(
            command: request.command.rawValue, version: agentVersion, host: surroundings.hostName,
            uid: surroundings.caller.effectiveUser,
            policies: scope.policies.selected.map { .init(name: $0.name, path: $0.file, digest: $0.digest) },
            caches: caches.map { .init(name: $0.plan.name, path: $0.plan.path, identity: $0.plan.root) })
    }

    // MARK: - Looking

    private func observeAndPlan(_ scope: RunScope, _ purpose: CachePlanner.Purpose) throws -> [PlannedCache] {
        try scope.subjects.map { try observeAndPlan($0, scope.policies.selected, purpose) }
    }

    private func observeAndPlan(
        _ subject: CacheSubject, _ policies: [Policy], _ purpose: CachePlanner.Purpose
    ) throws -> PlannedCache {
        let planner: CachePlanner
        do throws(UnknownAccount) {
            planner = try CachePlanner(
                policy: subject.cache, mode: subject.mode, accounts: subject.accounts,
                caller: surroundings.caller.effectiveUser,
                callerGroup: surroundings.caller.effectiveGroup, purpose: purpose, only: request.only,
                waivers: subject.waivers)
        } catch {
            throw AgentError.failed(
                "cannot check cache '\(subject.cache.name)': \(error)",
                remedy: "create it, or name another in the policy")
        }
        let observer = CacheObserver(
            top: surroundings.top, threads: request.threads, now: surroundings.now, progress: request.progress)
        let observation: CacheObservation
        let began = surroundings.now()
        note(.looksAt(subject.cache))
        do throws(Errno) {
            observation = try observer.observe(
                name: subject.cache.name, path: subject.cache.path, layout: subject.cache.layout,
                inventory: wantsInventory(subject.cache) ? .pairs : planner.inventoryDemand,
                accessLists: planner.accessListDemand, parts: subject.waivers.parts
            ) { planner.demand($0, $1, $2) }
        } catch .canceled {
            throw AgentError.interrupted
        } catch {
            let isWholeHost = surroundings.top == FilePath("/")
            let place = isWholeHost ? "" : " below '\(escapedForDisplay(surroundings.top.string))'"
            throw AgentError.failed(
                "cannot look at '\(escapedForDisplay(subject.cache.path.string))'\(place): \(error)", remedy: nil)
        }
        note(.observed(observation, surroundings.now().since(began)))
        let names = IdentityNames(in: observation, also: subject.accounts)
        let look = RetentionLook(surroundings: surroundings, policies: policies, threads: request.threads)
        let retention = try look.input(planner, subject.cache, observation, purpose)
        let host = HostObserver.observe(groups: planner.writingGroups)
        let plan = planner.plan(observation, names: names, host: host, retention: retention)
        note(.planned(plan))
        return PlannedCache(
            subject: subject, observation: observation, plan: plan, names: names, policies: policies)
    }

    private func plan(
        _ scope: RunScope, _ caches: [PlannedCache], _ toolchains: [ToolchainPlan], _ delivery: DeliveryPlan
    ) -> Plan {
        Plan(
            host: surroundings.hostName, madeAt: startedAt, policyDigest: scope.policies.digest,
            caches: caches.map(\.plan), toolchains: toolchains, delivery: delivery)
    }

    /// Whether the report shows how entries pair up, though no policy limits them.
    private func wantsInventory(_ cache: CachePolicy) -> Bool {
        cache.layout == .goBuild && (request.command == .stat || request.policies.isEmpty && cache.retention == nil)
    }

    // MARK: - Reporting

    private func note(_ event: LogEvent) {
        surroundings.logger.log(level: event.level, event.message, metadata: event.metadata)
    }

    private func verdict(
        _ caches: [RunReport.Cache], _ toolchains: [RunReport.Toolchain], _ delivery: RunReport.Delivery,
        _ waivers: WaiverOutcome
    ) -> RunReport.Verdict {
        RunReport.Verdict(
            request.command, caches, toolchains, delivery, waivers.findings + request.watchFindings,
            interrupted: Interruption.isPending)
    }

    private func result(
        _ scope: RunScope, _ caches: [RunReport.Cache], _ plan: Plan, _ audit: RunReport.AuditHead?,
        _ installed: [RunReport.Toolchain]? = nil, _ delivered: RunReport.Delivery? = nil, _ notes: [String] = []
    ) -> Result {
        let toolchains = installed ?? plan.toolchains.map { RunReport.Toolchain(plan: $0) }
        let delivery = delivered ?? RunReport.Delivery(plan: plan.delivery)
        var names = IdentityNames()
        for subject in scope.subjects { names.add(subject.accounts) }
        for cache in caches {
            names.add(from: cache.before)
            if let after = cache.after { names.add(from: after) }
        }
        let waivers = WaiverOutcome(scope, request, caches, toolchains, delivery)
        let verdict = verdict(caches, toolchains, delivery, waivers)
        let advice = Advice(
            scope: scope, request: request, caches: caches, toolchains: toolchains, delivery: delivery,
            verdict: verdict)
        var report = RunReport(
            command: request.command, version: agentVersion, runID: runID, host: surroundings.hostName,
            startedAt: startedAt, finishedAt: surroundings.now(),
            policies: scope.policyFiles, rules: request.rules,
            caches: caches, toolchains: toolchains, delivery: delivery, waivers: waivers.statuses,
            waiverFindings: waivers.findings, watchFindings: request.watchFindings,
            notes: scope.notes + advice.notes + notes, nextSteps: advice.nextSteps,
            verdict: verdict, audit: audit,
            userNames: names.users, groupNames: names.groups)
        surroundings.addHistory(to: &report, over: request.historySpan, scope.policies.settings)
        return Result(report: report, plan: plan, warnings: scope.policies.warnings)
    }
}

/// A cache that was looked at and compared with its policy.
struct PlannedCache: Sendable {
    let subject: CacheSubject
    let observation: CacheObservation
    let plan: CachePlan
    let names: IdentityNames
    /// All that are in force, this cache's among them.
    let policies: [Policy]
}
