internal import SystemPackage
internal import WardenApply
internal import WardenAudit
internal import WardenDigest
internal import WardenLinux
internal import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// The part of a run that is about how builds find their caches: files with variables, and whom they reach.
struct DeliveryRun {
    private let policies: [Policy]
    private let request: RunRequest
    private let surroundings: Surroundings
    private let isWanted: Bool
    private let waivers: WaiverTable

    init(_ scope: RunScope, _ request: RunRequest, _ surroundings: Surroundings) {
        policies = scope.policies.selected
        waivers = scope.waivers
        self.request = request
        self.surroundings = surroundings
        isWanted = [.check, .plan, .apply].contains(request.command) && !scope.isOwnCache && !policies.isEmpty
    }

    // MARK: - Looking

    /// Looks at the files and compares.
    ///
    /// - Parameter caches: What becomes of caches in this run: whom they keep out now is no finding if that is repaired.
    func plan(beside caches: [CachePlan], _ toolchains: [ToolchainPlan]) throws(AgentError) -> DeliveryPlan {
        try plan(toolchains, isSettled: caches.flatMap(\.findings).allSatisfy { $0.disposition != .repairable })
    }

    private func plan(_ toolchains: [ToolchainPlan], isSettled: Bool) throws(AgentError) -> DeliveryPlan {
        guard isWanted else { return .nothing }
        let planner = DeliveryPlanner(
            policies: policies, knowsAll: request.policies.isEmpty, only: request.only)
        let found = planner.plan(observation(toolchains))
        let plan = DeliveryPlan(
            files: found.files.map { $0.waived(waivers.applied) }, findings: found.findings.map(waivers.applied))
        // What a file that is about to be written will set is not missing.
        let isWritten = plan.files.allSatisfy { $0.finding == nil }
        let people = try peopleFindings().filter { finding in
            switch finding.rule {
            // Files of the host that are in the way have findings of their own.
            case .environmentConflict: false
            case .environmentMissing: isWritten
            case .userCacheDenied: isSettled
            default: true
            }
        }
        let services = serviceFindings().filter { $0.rule != .environmentMissing || isWritten }
        let more = (people + services).filter { request.only.isEmpty || request.only.contains($0.rule) }
        return DeliveryPlan(files: plan.files, findings: plan.findings + more.map(waivers.applied))
    }

    private func observation(_ plans: [ToolchainPlan]) -> DeliveryObservation {
        let observer = DeliveryObserver(top: surroundings.top)
        let named = policies.flatMap(\.toolchains).map(\.path)
        let toolchains = (named.isEmpty ? DeliveryTarget.usualToolchains : named).map {
            DeliveryObservation.Toolchain(root: $0, version: observer.version(of: $0))
        }
        var files: [FileObservation] = []
        for place in DeliveryTarget.places where !files.contains(where: { $0.form == place.form }) {
            guard place.reader.map(observer.exists) ?? true else { continue }
            files.append(observer.file(place.path, place.form))
        }
        for toolchain in toolchains {
            guard let version = toolchain.version,
                let path = DeliveryTarget.file(of: toolchain.root, version: version)
            else { continue }
            files.append(observer.file(path, .goEnvironment))
        }
        let starts: [BuildStart] =
            policies.allSatisfy(\.environment.isEmpty) ? [] : [.loginShell, .userService, .systemService]
        return DeliveryObservation(
            files: files, toolchains: toolchains, verified: Set(plans.filter(\.isVerified).map(\.path)),
            effective: Dictionary(uniqueKeysWithValues: starts.map { ($0, observer.environment(of: $0)) }))
    }

    /// Returns what is wrong with the builds of those whom the policies name (`users`).
    private func peopleFindings() throws(AgentError) -> [Finding] {
        var findings: [Finding] = []
        for policy in policies {
            let groups = policy.environment.compactMap(\.usersGroup)
            guard !groups.isEmpty else { continue }
            var diagnoser = UserDiagnoser([policy], request, in: surroundings)
            var diagnoses: [UserDiagnosis] = []
            for account in try BuildSubjects(surroundings).members(of: groups, { _ in }) {
                diagnoses.append(diagnoser.diagnosis(of: account, builds: [], measuresCaches: false))
            }
            findings += BuildRules.findings(diagnoses, wanted: UserDiagnoser.wanted([policy]))
        }
        return findings
    }

    /// Returns what is wrong with services that run go, where a policy delivers to services.
    private func serviceFindings() -> [Finding] {
        let delivering = policies.filter { $0.environment.contains { $0.deliver.contains(.systemServices) } }
        guard !delivering.isEmpty else { return [] }
        let diagnoser = UserDiagnoser(delivering, request, in: surroundings)
        var observer = UnitObserver(top: surroundings.top)
        let units = observer.services(
            toolchain: diagnoser.toolchain, account: BuildSubjects(surroundings).account)
        return BuildRules.findings([], units, wanted: UserDiagnoser.wanted(delivering))
    }

    // MARK: - Applying

    /// What became of a plan.
    struct Result {
        var delivery: RunReport.Delivery
        /// Why the run has to end: the audit log.
        var failure: (any Error)?
        /// Running managers that could not be told, for people.
        var untold: String?
    }

    /// Writes the files, tells running managers, and looks again.
    ///
    /// - Parameter isNew: Whether one of the toolchains has just been installed.
    func carryOut(
        _ plan: DeliveryPlan, beside caches: [RunReport.Cache], _ toolchains: [ToolchainPlan], isNew: Bool,
        _ log: AuditLog
    ) throws -> Result {
        let surroundings = surroundings
        let changes = plan.files.filter { $0.mode == .enforce && $0.change != nil }
        var pending: PendingReload?
        do throws(FileError) {
            pending = try PendingReload(in: surroundings)
            pending?.forms.formUnion(Set(changes.map(\.form)).intersection([.userManager, .systemManager]))
            if pending?.forms.isEmpty == false, !changes.isEmpty { try pending?.save() }
        } catch {
            // Without the note a run that is killed would leave managers that nobody tells.
            return Result(
                delivery: RunReport.Delivery(plan: plan), untold: "no file was changed: \(error)")
        }
        var result = Result(delivery: RunReport.Delivery(plan: plan))
        if !changes.isEmpty {
            let executor = FileExecutor(
                located: surroundings.located, observe: { DeliveryObserver.state($0) })
            let execution = executor.execute(plan, journal: FileAuditJournal(log: log))
            result.failure = execution.failure
            result.delivery = RunReport.Delivery(plan: plan, outcomes: execution.outcomes)
        }
        // What was done to caches may have let in those whom they kept out.
        if !Interruption.isPending,
            isNew || !changes.isEmpty || caches.contains(where: { $0.appliedCount > 0 })
        {
            let isSettled = caches.flatMap(\.standing).allSatisfy { $0.disposition != .repairable }
            result.delivery = RunReport.Delivery(
                plan: plan, outcomes: result.delivery.outcomes,
                remaining: try self.plan(toolchains, isSettled: isSettled).allFindings)
        }
        if let pending, !pending.forms.isEmpty, result.failure == nil { result.untold = tell(pending) }
        return result
    }

    private func tell(_ pending: PendingReload) -> String? {
        let failure = ManagerReload().run(
            system: pending.forms.contains(.systemManager), users: pending.forms.contains(.userManager))
        if let failure {
            return "running managers do not know their new variables: \(failure); the next 'apply' tells them again"
        }
        do throws(FileError) {
            try pending.remove()
        } catch {
            return "\(error)"
        }
        return nil
    }
}

/// Writes which file is about to be changed, and what came of it, to the audit log.
private struct FileAuditJournal: FileJournal {
    let log: AuditLog

    func intend(_ file: FilePlan, _ change: FileChange) throws -> UInt64 {
        func digest(_ bytes: [UInt8]?) -> String? { bytes.map { "\(SHA256Digest(of: $0))" } }
        // On the disk before the change, as all that is intended.
        return try log.commit(
            .fileIntended(
                FileIntended(
                    path: file.path, form: file.form, policies: file.policies,
                    rules: file.finding.map { [$0.rule] } ?? [], before: digest(change.before),
                    after: digest(change.after), text: change.after.map { String(decoding: $0, as: UTF8.self) },
                    mode: change.mode.description)))
    }

    func conclude(_ token: UInt64, _ outcome: FileOutcome) throws {
        try log.append(.fileConcluded(FileConcluded(intended: token, outcome: outcome)))
    }
}
