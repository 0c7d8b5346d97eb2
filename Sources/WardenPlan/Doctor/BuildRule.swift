package import WardenModel
internal import WardenPolicy

/// Everything a rule about one user's builds may look at.
struct BuildContext {
    let user: UserDiagnosis
    let wanted: [GoVariable: WantedVariable]

    /// Returns a finding with the reference's severity and, unless another is given, its remedy.
    func finding(
        _ rule: RuleID, _ subject: String, wanted: String, found: String, policy: String = "", remedy: String? = nil,
        disposition: Finding.Disposition = .manual
    ) -> Finding {
        let reference = RuleReference.of(rule)
        return Finding(
            rule: rule, severity: reference.severity, disposition: disposition, cache: policy, subject: subject,
            wanted: wanted, found: found, remedy: remedy ?? reference.remedy, place: user.home)
    }

    var name: String { "user \(escapedForDisplay(user.subject.name))" }
}

/// A question to how a user's builds find their cache.
protocol BuildRule: Sendable {
    static func findings(_ context: BuildContext) -> [Finding]
}

/// What is wrong with how builds find their cache.
package enum BuildRules {
    private static let all: [any BuildRule.Type] = [
        UserCacheBroken.self, UserCacheDenied.self, DeliveredVariable.self, BuildElsewhere.self,
        GopathConflict.self, GopathContents.self,
    ]

    /// Returns the findings on all users and services, in the order of those and of the rules.
    package static func findings(
        _ users: [UserDiagnosis], _ units: [UnitDiagnosis] = [], wanted: [GoVariable: WantedVariable]
    ) -> [Finding] {
        users.flatMap { user in all.flatMap { $0.findings(BuildContext(user: user, wanted: wanted)) } }
            + units.flatMap { ServiceCache.findings($0, wanted: wanted) + GopathConflict.findings($0) }
    }
}
