package import SystemPackage

/// What is to be done about one toolchain.
package struct ToolchainPlan: Hashable, Sendable {
    /// The policy's name.
    package let policy: String
    package let path: FilePath
    package let archive: FilePath
    package let mode: CachePlan.Mode
    /// What stands there now; `nil` where that is no toolchain.
    package let standing: StandingToolchain?
    package private(set) var finding: Finding?
    /// `nil` where nothing can or need be installed.
    package private(set) var installation: ToolchainInstallation?
    /// Whether remains of an earlier run are to be removed though nothing is installed.
    package let needsSweep: Bool

    package init(
        policy: String, path: FilePath, archive: FilePath, mode: CachePlan.Mode, standing: StandingToolchain?,
        finding: Finding?, installation: ToolchainInstallation?, needsSweep: Bool
    ) {
        self.policy = policy
        self.path = path
        self.archive = archive
        self.mode = mode
        self.standing = standing
        self.finding = finding
        self.installation = installation
        self.needsSweep = needsSweep
    }

    /// Returns the plan with its finding as a waiver leaves it: what is accepted stays as it is.
    package func waived(_ waive: (Finding) -> Finding) -> ToolchainPlan {
        var plan = self
        plan.finding = finding.map(waive)
        if plan.finding?.disposition == .waived { plan.installation = nil }
        return plan
    }

    package var findings: [Finding] { finding.map { [$0] } ?? [] }
    /// Whether what stands there was unpacked from the archive that the policy wants.
    package var isVerified: Bool { finding == nil && standing != nil }
    /// Whether `apply` installs something.
    package var willInstall: Bool { mode == .enforce && installation != nil }
}

extension ToolchainOutcome {
    package var isFailure: Bool { if case .failed = self { true } else { false } }

    /// As the audit log and JSON spell it.
    package var word: String {
        switch self {
        case .installed: "installed"
        case .unchanged: "unchanged"
        case .inUse: "in-use"
        case .interrupted: "interrupted"
        case .failed: "failed"
        }
    }
}
