internal import SystemPackage
package import WardenModel
package import WardenPolicy

/// Compares the files that deliver variables with what policies want of them.
///
/// Each file names the policies that its lines are from. Lines go when their policy no longer wants them; those of a
/// policy in audit mode, or of one that this run was not shown, stay as they are.
package struct DeliveryPlanner: Sendable {
    private let policies: [Policy]
    private let knowsAll: Bool
    private let only: Set<RuleID>

    /// - Parameters:
    ///   - knowsAll: Whether these are all the policies of the host, so that lines of any other are leftovers.
    ///   - only: Rules to look for; empty for all.
    package init(policies: [Policy], knowsAll: Bool, only: Set<RuleID> = []) {
        self.policies = policies
        self.knowsAll = knowsAll
        self.only = only
    }

    package func plan(_ observation: DeliveryObservation) -> DeliveryPlan {
        let files = observation.files.flatMap { plans($0, observation.verified) }
        // What a file that is about to be written will outdo is no conflict.
        let settled = Set(observation.files.map(\.form)).subtracting(files.filter { $0.finding != nil }.map(\.form))
        let findings =
            DeliveryConflict.findings(policies, observation, among: settled)
            + UnreachableToolchain.findings(policies, observation) + PathEntry.findings(policies)
        return DeliveryPlan(
            files: files.filter { $0.finding.map(isWanted) ?? true }, findings: findings.filter(isWanted))
    }

    private func isWanted(_ finding: Finding) -> Bool { only.isEmpty || only.contains(finding.rule) }

    // MARK: - One file

    private func plans(_ file: FileObservation, _ verified: Set<FilePath>) -> [FilePlan] {
        let standing = standing(file)
        // What is on PATH stays there while its toolchain is about to be replaced.
        let there = (try? standing.get()).map { Set($0.sections.flatMap(\.variables)) } ?? []
        func sections(_ mode: CachePlan.Mode) -> [DeliveredSection] {
            self.sections(mode, file.form) { verified.contains($0.path) || there.contains(PathEntry.value(of: $0)) }
        }
        let enforced = sections(.enforce)
        let audited = sections(.audit)
        let text: DeliveredText
        switch standing {
        case .success(let standing): text = standing
        case .failure(let obstacle):
            let wanted = enforced.isEmpty ? audited : enforced
            guard !wanted.isEmpty else { return [] }
            return [
                FilePlan(
                    file, wanted, enforced.isEmpty ? .audit : .enforce,
                    finding: finding(file, .environmentMissing, wanted, found: obstacle.found, obstacle.remedy),
                    change: nil)
            ]
        }
        return [repair(file, text, enforced), audit(file, text, audited)].compactMap { $0 }
    }

    /// Why a file cannot be kept.
    private struct Obstacle: Error {
        let found: String
        let remedy: String
    }

    private func standing(_ file: FileObservation) -> Result<DeliveredText, Obstacle> {
        let content: [UInt8]
        switch file.state {
        case .missing: return .success(DeliveredText(missing: file.form))
        case .unusable(let why):
            return .failure(Obstacle(found: why, remedy: "mend that; what stands there is not touched"))
        case .present(let bytes, _): content = bytes
        }
        do throws(DeliveredText.Failure) {
            return .success(try DeliveredText(content, form: file.form))
        } catch {
            switch error {
            case .foreign:
                return .failure(
                    Obstacle(found: "a file that cachewarden has not written", remedy: "move it to another name"))
            case .notText:
                return .failure(Obstacle(found: "bytes that are no text", remedy: "find out what wrote them"))
            case .damagedBlock:
                return .failure(
                    Obstacle(
                        found: "a block of cachewarden's that has lost one of its marks, or several blocks",
                        remedy: "remove the block, with both its marks"))
            }
        }
    }

    /// Returns what the policies of one mode want in files of this form.
    private func sections(
        _ mode: CachePlan.Mode, _ form: DeliveryForm, isOnPath: (ToolchainPolicy) -> Bool
    ) -> [DeliveredSection] {
        var seen: Set<String> = []
        return policies.filter { $0.mode == mode }.sorted { $0.name < $1.name }.compactMap { policy in
            let entries =
                PathEntry.isDelivered(by: form) ? policy.toolchains.filter { $0.pathEntry && isOnPath($0) } : []
            var variables = entries.filter(PathEntry.isPlain).map(PathEntry.value).filter {
                seen.insert($0.key).inserted
            }
            for environment in policy.environment where environment.deliver.contains(where: { $0.forms.contains(form) })
            {
                for (name, value) in environment.variables.sorted(by: { $0.key < $1.key })
                where seen.insert(name).inserted {
                    variables.append(DeliveredValue(name: name, value: value))
                }
            }
            return variables.isEmpty
                ? nil : DeliveredSection(policy: policy.name, variables: variables.sorted { $0.key < $1.key })
        }
    }

    /// Returns the sections of a file that are nobody's business in this run.
    private func kept(_ text: DeliveredText, without names: Set<String>) -> [DeliveredSection] {
        let modes = Dictionary(policies.map { ($0.name, $0.mode) }) { first, _ in first }
        return text.sections.compactMap { section in
            guard modes[section.policy].map({ $0 == .audit }) ?? !knowsAll else { return nil }
            var section = section
            section.variables.removeAll { names.contains($0.key) }
            return section.variables.isEmpty ? nil : section
        }
    }

    private func repair(
        _ file: FileObservation, _ text: DeliveredText, _ enforced: [DeliveredSection]
    ) -> FilePlan? {
        let names = Set(enforced.flatMap(\.variables).map(\.key))
        let desired = (enforced + kept(text, without: names)).sorted { $0.policy < $1.policy }
        let after = text.content(with: desired)
        let mode = file.wantedMode
        guard after != file.state.content || after != nil && mode != file.state.mode else {
            return enforced.isEmpty ? nil : FilePlan(file, enforced, .enforce, finding: nil, change: nil)
        }
        let deviation = Deviation(file, found: text.sections, wanted: desired)
        let isEnforced = policies.contains { $0.mode == .enforce }
        return FilePlan(
            file, enforced, isEnforced ? .enforce : .audit,
            finding: finding(
                file, deviation.rule, desired, found: deviation.words, "'cachewarden apply' writes it",
                repairable: true),
            change: isEnforced ? FileChange(before: file.state.content, after: after, mode: mode) : nil)
    }

    private func audit(
        _ file: FileObservation, _ text: DeliveredText, _ audited: [DeliveredSection]
    ) -> FilePlan? {
        guard !audited.isEmpty else { return nil }
        let standing = Set(text.sections.flatMap(\.variables))
        let isThere = audited.flatMap(\.variables).allSatisfy(standing.contains)
        let deviation = Deviation(file, found: text.sections, wanted: audited, reportsLeftovers: false)
        return FilePlan(
            file, audited, .audit,
            finding: isThere
                ? nil
                : finding(
                    file, deviation.rule, audited, found: deviation.words,
                    "set 'mode: enforce' in the policy, and 'cachewarden apply' writes it", repairable: true),
            change: nil)
    }

    private func finding(
        _ file: FileObservation, _ rule: RuleID, _ wanted: [DeliveredSection], found: String, _ remedy: String,
        repairable: Bool = false
    ) -> Finding {
        let variables = wanted.flatMap(\.variables).map(\.text)
        return Finding(
            rule: rule, severity: RuleReference.of(rule).severity, disposition: repairable ? .repairable : .manual,
            cache: wanted.first?.policy ?? "",
            subject: "\(escapedForDisplay(file.path.string)), for \(file.form.readers)",
            wanted: variables.isEmpty ? "nothing of cachewarden's" : variables.joined(separator: ", "), found: found,
            remedy: remedy, place: file.path)
    }
}

/// How a file differs, in words.
private struct Deviation {
    let rule: RuleID
    let words: String

    init(
        _ file: FileObservation, found sections: [DeliveredSection], wanted: [DeliveredSection],
        reportsLeftovers: Bool = true
    ) {
        let found = Dictionary(sections.flatMap(\.variables).map { ($0.key, $0) }) { $1 }
        let wanted = wanted.flatMap(\.variables)
        let missing = wanted.filter { found[$0.key] == nil }
        let others = wanted.compactMap { variable in found[variable.key].flatMap { $0 == variable ? nil : $0 } }
        let leftovers = reportsLeftovers ? found.values.filter { one in !wanted.contains { $0.key == one.key } } : []
        rule = missing.isEmpty ? .environmentConflict : .environmentMissing
        guard file.state != .missing else {
            words = "no such file"
            return
        }
        var parts = missing.map { "no \($0.key)" } + others.map(\.text)
        parts += leftovers.sorted { $0.key < $1.key }.map { "\($0.text), which no policy wants any more" }
        if parts.isEmpty, let mode = file.state.mode, mode != file.wantedMode { parts = ["mode \(mode)"] }
        words = parts.isEmpty ? "a text that was changed by hand" : parts.map(escapedForDisplay).joined(separator: "; ")
    }
}

extension FileState {
    fileprivate var mode: ModeBits? { if case .present(_, let mode) = self { mode } else { nil } }
}

extension FileObservation {
    /// Everybody reads these files; a toolchain's own may have bits besides.
    fileprivate var wantedMode: ModeBits {
        guard form == .goEnvironment, let mode = state.mode else { return ModeBits(0o644) }
        return ModeBits(mode.rawValue | 0o444)
    }
}

extension FilePlan {
    fileprivate init(
        _ file: FileObservation, _ sections: [DeliveredSection], _ mode: CachePlan.Mode, finding: Finding?,
        change: FileChange?
    ) {
        self.init(
            path: file.path, form: file.form, policies: sections.map(\.policy), mode: mode,
            wanted: sections.flatMap(\.variables).map(\.text), finding: finding, change: change)
    }
}
