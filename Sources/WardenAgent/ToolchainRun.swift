internal import SystemPackage
internal import WardenApply
internal import WardenAudit
internal import WardenDigest
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

    init(_ scope: RunScope, _ request: RunRequest, _ surroundings: Surroundings) {
        policies = scope.policies.selected
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
        return ToolchainPlanner(toolchain, of: name, mode: mode).plan(for: observation)
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
        let installer = ToolchainInstaller(top: surroundings.top, hash: ArchiveHasher())
        for plan in plans {
            guard result.failure == nil, plan.willInstall || plan.mode == .enforce && plan.needsSweep else {
                let outcome: ToolchainOutcome? = plan.willInstall ? .interrupted : nil
                result.toolchains.append(RunReport.Toolchain(plan: plan, outcome: outcome))
                continue
            }
            guard !Interruption.isPending else {
                result.toolchains.append(
                    RunReport.Toolchain(plan: plan, outcome: plan.willInstall ? .interrupted : nil))
                continue
            }
            do {
                // On the disk before anything is unpacked, as all that is intended.
                let token = try log.commit(.toolchainIntended(ToolchainIntended(plan)))
                let outcome = outcome(of: plan, installer, &result.notes)
                result.toolchains.append(
                    RunReport.Toolchain(
                        plan: plan, outcome: plan.willInstall ? outcome : nil, after: again(plan)))
                try log.append(.toolchainConcluded(ToolchainConcluded(intended: token, outcome: outcome)))
            } catch {
                if result.toolchains.count < plans.firstIndex(of: plan).map({ $0 + 1 }) ?? 0 {
                    result.toolchains.append(RunReport.Toolchain(plan: plan, outcome: .interrupted))
                }
                result.failure = error
            }
        }
        return result
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

/// SHA-256 for those who read archives.
private final class ArchiveHasher: ContentHash {
    private var hasher = SHA256Hasher()

    func update(_ bytes: borrowing Span<UInt8>) { hasher.update(bytes) }

    func finish() -> ArchiveDigest {
        let bytes = hasher.finish { span in (0..<span.count).map { span[$0] } }
        guard let digest = ArchiveDigest(bytes: bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }
}
