internal import SystemPackage
internal import WardenModel

/// `environment-missing`, `environment-conflict`, `user-cache-elsewhere`: what a policy delivers does not reach a build.
///
/// Which of the three it is depends on who says otherwise: nobody, a file of the host's, or one of the user's own.
struct DeliveredVariable: BuildRule {
    static func findings(_ context: BuildContext) -> [Finding] {
        context.wanted.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { variable, wanted in
            deviations(of: variable, wanted, context).map { found, starts in
                let value = found.value.map(escapedForDisplay) ?? "what a script computes"
                return context.finding(
                    rule(found, context), "\(context.name): \(starts.phrase)",
                    wanted: "\(variable.rawValue)=\(escapedForDisplay(wanted.value))",
                    found: "\(variable.rawValue)=\(value), \(found.origin.phrase)", policy: wanted.policy,
                    remedy: remedy(variable, wanted, found, starts))
            }
        }
    }

    /// Returns what there is in the wanted value's place, with all starts for which it is the same.
    private static func deviations(
        of variable: GoVariable, _ wanted: WantedVariable, _ context: BuildContext
    ) -> [(EffectiveVariable, [BuildStart])] {
        var found: [(EffectiveVariable, [BuildStart])] = []
        for start in BuildStart.allCases where wanted.starts.contains(start) {
            guard let value = context.user.variables[start]?[variable], value.value != wanted.value else { continue }
            if let index = found.firstIndex(where: { $0.0 == value }) {
                found[index].1.append(start)
            } else {
                found.append((value, [start]))
            }
        }
        return found
    }

    private static func rule(_ found: EffectiveVariable, _ context: BuildContext) -> RuleID {
        switch found.origin {
        case .standard, .account: .environmentMissing
        case .goEnvironmentFile: .userCacheElsewhere
        case .toolchain: .environmentConflict
        case .file(let path, _, _):
            context.user.home.map(path.starts(with:)) == true ? .userCacheElsewhere : .environmentConflict
        }
    }

    private static func remedy(
        _ variable: GoVariable, _ wanted: WantedVariable, _ found: EffectiveVariable, _ starts: [BuildStart]
    ) -> String {
        switch found.origin {
        case .goEnvironmentFile: return "as that user: go env -u \(variable.rawValue)"
        case .file(let path, let line, _), .toolchain(let path, let line):
            return "take it out of '\(escapedForDisplay(path.string))', line \(line)"
        case .standard, .account: break
        }
        let line = "\(variable.rawValue)=\(escapedForDisplay(wanted.value))"
        let places = starts.compactMap { start -> String? in
            switch start {
            case .loginShell: "'export \(line)' into a file in /etc/profile.d"
            case .userService: "'\(line)' into a file in /etc/environment.d"
            case .systemService:
                "'DefaultEnvironment=\(line)' below '[Manager]' into a file in /etc/systemd/system.conf.d"
            case .cron, .bare: nil
            }
        }
        return places.isEmpty
            ? "write '\(line)' into the toolchain's go.env" : "write " + places.joined(separator: "; ")
    }
}
