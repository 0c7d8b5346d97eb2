package import SystemPackage
package import WardenModel

/// A Go toolchain is about to be unpacked from its archive and put at its path, or remains beside it to be removed.
package struct ToolchainIntended: Hashable, Sendable, Codable {
    package enum Step: String, Hashable, Sendable, Codable {
        case install
        /// What an earlier run has left beside the path.
        case sweep
    }

    package let step: Step
    private let place: PathText
    private let file: PathText
    package let policy: String
    package let rules: [RuleID]
    /// What the archive must have, lower-case hexadecimal; `nil` where nothing is installed.
    package let sha256: String?
    /// The version that stands there; `nil` for nothing.
    package let replaces: String?

    package init(_ plan: ToolchainPlan) {
        step = plan.installation == nil ? .sweep : .install
        place = PathText(plan.path)
        file = PathText(plan.archive)
        policy = plan.policy
        rules = plan.findings.map(\.rule)
        sha256 = plan.installation?.digest.description
        replaces = plan.installation?.replaces?.version.text
    }

    package var path: FilePath { place.path }
    package var archive: FilePath { file.path }

    private enum CodingKeys: String, CodingKey {
        case place = "path"
        case file = "archive"
        case step, policy, rules, sha256, replaces
    }
}

/// What became of a toolchain that was to be installed.
package struct ToolchainConcluded: Hashable, Sendable, Codable {
    /// The sequence number of the `toolchain-intended` record.
    package let intended: UInt64
    /// `ToolchainOutcome.word`.
    package let outcome: String
    /// What was installed.
    package let version: String?
    /// Why it failed.
    package let reason: String?

    package init(intended: UInt64, outcome: ToolchainOutcome) {
        self.intended = intended
        self.outcome = outcome.word
        version = if case .installed(let version) = outcome { version.text } else { nil }
        reason = if case .failed(let reason) = outcome { reason } else { nil }
    }
}
