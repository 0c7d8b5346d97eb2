internal import SystemPackage
internal import WardenApply
internal import WardenAudit
internal import WardenLinux
internal import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// The part of a run that is about Go toolchains.
struct ToolchainRun {
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
        isWanted = [.check, .plan, .apply].contains(request.command)
    }

    /// Looks at the places and compares.
    func plan() -> [ToolchainPlan] {
        guard isWanted, request.only.isEmpty || request.only.contains(.toolchainDiffers) else { return [] }
        return policies.flatMap { policy in
            policy.toolchains.map { plan($0, of: policy.name, policy.mode) }
        }
    }

    private func plan(_ toolchain: ToolchainPolicy, of name: String, _ mode: CachePlan.Mode) -> ToolchainPlan {
        let observation = ToolchainObserver(top: surroundings.top).observe(toolchain.path, archive: toolchain.archive)
        return ToolchainPlanner(toolchain, of: name, mode: mode).plan(for: observation).waived(waivers.applied)
    }

    /// What became of the plans.
    struct Result {
        var toolchains: [RunReport.Toolchain]
        /// Why the run has to end: the audit log.
        var failure: (any Error)?
        var notes: [String] = []
    }

    /// Installs what the plans of enforcing policies want, and looks again.
    func carryOut(_ plans: [ToolchainPlan], _ log: AuditLog) -> Result {
        var result = Result(toolchains: [])
        let installer = ToolchainInstaller(top: surroundings.top, hash: ArchiveHash())
        for plan in plans {
            let isWanted = plan.mode == .enforce && (plan.installation != nil || plan.needsSweep)
            let skipped: ToolchainOutcome? = plan.willInstall ? .interrupted : nil
            guard isWanted, result.failure == nil, !Interruption.isPending else {
                result.toolchains.append(RunReport.Toolchain(plan: plan, outcome: skipped))
                continue
            }
            do {
                // On the disk before anything is unpacked, as all that is intended.
                let token = try log.commit(.toolchainIntended(ToolchainIntended(plan)))
                let outcome = outcome(of: plan, installer, &result.notes)
                result.toolchains.append(
                    RunReport.Toolchain(plan: plan, outcome: plan.willInstall ? outcome : nil, after: again(plan)))
                result.failure = conclude(token, outcome, log)
            } catch {
                result.toolchains.append(RunReport.Toolchain(plan: plan, outcome: skipped))
                result.failure = error
            }
        }
        return result
    }

    /// Returns why the log could not take it.
    private func conclude(_ token: UInt64, _ outcome: ToolchainOutcome, _ log: AuditLog) -> (any Error)? {
        do {
            try log.append(.toolchainConcluded(ToolchainConcluded(intended: token, outcome: outcome)))
            return nil
        } catch {
            return error
        }
    }

    private func outcome(
        of plan: ToolchainPlan, _ installer: ToolchainInstaller, _ notes: inout [String]
    ) -> ToolchainOutcome {
        if let installation = plan.installation { return installer.install(installation) }
        switch installer.sweep(plan.path) {
        case .clean: return .unchanged
        case .inUse:
            notes.append(
                "a toolchain that was replaced at '\(escapedForDisplay(plan.path.string))' is still in use: "
                    + "a later run removes it")
            return .inUse
        case .failed(let reason):
            notes.append("what was left of a toolchain stays: \(reason)")
            return .failed(reason)
        }
    }

    private func again(_ plan: ToolchainPlan) -> ToolchainPlan? {
        for policy in policies where policy.name == plan.policy {
            guard let toolchain = policy.toolchains.first(where: { $0.path == plan.path }) else { continue }
            return self.plan(toolchain, of: policy.name, policy.mode)
        }
        return nil
    }
}
