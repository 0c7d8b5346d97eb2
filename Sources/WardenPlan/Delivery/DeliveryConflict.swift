internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `environment-conflict`: a file of the host's that is read later sets a delivered variable to something else.
enum DeliveryConflict {
    /// - Parameter forms: Those of which the agent's own file is as it should be.
    static func findings(
        _ policies: [Policy], _ observation: DeliveryObservation, among forms: Set<DeliveryForm>
    ) -> [Finding] {
        let own = Set(DeliveryTarget.places.map(\.path))
        return policies.flatMap { policy in
            policy.environment.flatMap { environment in
                environment.deliver.flatMap { delivery -> [Finding] in
                    // The first form is what such a start reads; csh has files of its own.
                    guard delivery != .goEnv, delivery.forms.first.map(forms.contains) == true else { return [] }
                    return environment.variables.sorted { $0.key < $1.key }.flatMap { name, value in
                        delivery.starts.compactMap { start in
                            guard let found = observation.effective[start]?[name], found.value != value,
                                case .file(let path, let line, _) = found.origin, !own.contains(path)
                            else { return nil }
                            return finding(policy, start, "\(name)=\(value)", name, found, path, line)
                        }
                    }
                }
            }
        }
    }

    private static func finding(
        _ policy: Policy, _ start: BuildStart, _ wanted: String, _ name: String, _ found: EffectiveVariable,
        _ path: FilePath, _ line: Int
    ) -> Finding {
        let value = found.value.map(escapedForDisplay) ?? "what a script computes"
        return Finding(
            rule: .environmentConflict, severity: RuleReference.of(.environmentConflict).severity, disposition: .manual,
            cache: policy.name, subject: "every \(start.phrase)", wanted: escapedForDisplay(wanted),
            found: "\(name)=\(value), \(found.origin.phrase)",
            remedy: "take it out of '\(escapedForDisplay(path.string))', line \(line)", place: path)
    }
}
