internal import SystemPackage
package import WardenModel
package import WardenPolicy

/// `toolchain-differs`: what stands at a toolchain's path was not unpacked from the archive that the policy pins.
///
/// Only a Go toolchain is ever replaced, and also one that somebody else has put there, whose archive nobody knows.
package struct ToolchainPlanner {
    package let policy: ToolchainPolicy
    private let name: String
    private let mode: CachePlan.Mode

    /// - Parameters:
    ///   - name: Of the policy that wants it.
    ///   - mode: Of that policy.
    package init(_ policy: ToolchainPolicy, of name: String = "", mode: CachePlan.Mode = .enforce) {
        self.policy = policy
        self.name = name
        self.mode = mode
    }

    /// Returns the finding, if there is one, and what would close it.
    package func plan(for observation: ToolchainObservation) -> ToolchainPlan {
        guard let digest = ArchiveDigest(policy.sha256) else {
            // The policy language takes nothing else; a policy that was made otherwise is somebody's to correct.
            return plan(
                observation, manual(found: "no SHA-256 in the policy", "write the archive's SHA-256 into the policy"))
        }
        guard let difference = difference(in: observation, digest) else {
            return plan(observation, nil, needsSweep: observation.hasLeftovers)
        }
        switch observation.archive {
        case .missing:
            return plan(
                observation,
                blocked(difference, "put the archive there", "'\(quoted(observation.archivePath))' is missing"))
        case .unusable(let complaint):
            return plan(
                observation, blocked(difference, "make the archive a file that only root can write", complaint))
        case .present: break
        }
        guard case .repairable(let replaced) = difference.cure else {
            return plan(
                observation, manual(found: difference.found, difference.remedy), needsSweep: observation.hasLeftovers)
        }
        let finding = finding(.repairable, found: difference.found, difference.remedy)
        let installation = ToolchainInstallation(
            path: policy.path, archive: policy.archive, digest: digest, replaces: replaced)
        // An installation sweeps by itself.
        return plan(observation, finding, installation)
    }

    private func plan(
        _ observation: ToolchainObservation, _ finding: Finding?, _ installation: ToolchainInstallation? = nil,
        needsSweep: Bool = false
    ) -> ToolchainPlan {
        var standing: StandingToolchain?
        if case .toolchain(let toolchain) = observation.standing { standing = toolchain }
        return ToolchainPlan(
            policy: name, path: policy.path, archive: policy.archive, mode: mode, standing: standing,
            finding: finding, installation: installation, needsSweep: needsSweep)
    }

    private struct Difference {
        enum Cure {
            case repairable(replacing: StandingToolchain?)
            case manual
        }

        let found: String
        let cure: Cure
        let remedy: String
    }

    private func difference(in observation: ToolchainObservation, _ digest: ArchiveDigest) -> Difference? {
        switch observation.standing {
        case .missing:
            return Difference(found: "nothing", cure: .repairable(replacing: nil), remedy: install)
        case .toolchain(let toolchain) where toolchain.archive == digest: return nil
        case .toolchain(let toolchain):
            let origin = toolchain.archive.map { "the archive with SHA-256 \($0)" } ?? "an unknown archive"
            return Difference(
                found: "\(toolchain.version) from \(origin)", cure: .repairable(replacing: toolchain), remedy: install)
        case .other(let what):
            return Difference(
                found: what, cure: .manual,
                remedy: "move away what stands at '\(quoted(policy.path))': only a Go toolchain is replaced")
        case .untrusted(let complaint):
            return Difference(
                found: complaint, cure: .manual,
                remedy: "see that the directory above it is there, and that only root can write to it and to all above")
        }
    }

    private var install: String { "let 'apply' install the toolchain from '\(quoted(policy.archive))'" }

    /// A difference that could be closed if it were not for the archive, or could not anyway.
    private func blocked(_ difference: Difference, _ remedy: String, _ complaint: String) -> Finding {
        let isOnlyArchive = if case .repairable = difference.cure { true } else { false }
        return manual(
            found: "\(difference.found); and the archive: \(complaint)", isOnlyArchive ? remedy : difference.remedy)
    }

    private func manual(found: String, _ remedy: String) -> Finding { finding(.manual, found: found, remedy) }

    private func finding(_ disposition: Finding.Disposition, found: String, _ remedy: String) -> Finding {
        Finding(
            rule: .toolchainDiffers, severity: RuleReference.of(.toolchainDiffers).severity, disposition: disposition,
            cache: name, subject: quoted(policy.path),
            wanted: "the toolchain of '\(quoted(policy.archive))', SHA-256 \(policy.sha256)", found: found,
            remedy: remedy, place: policy.path)
    }

    private func quoted(_ path: FilePath) -> String { escapedForDisplay(path.description) }
}
