internal import SystemPackage
package import WardenModel
internal import WardenPolicy

/// `waiver-expired` and `waiver-unused`: a waiver that no longer does what somebody wrote it for.
package enum WaiverFindings {
    package static func findings(_ statuses: [WaiverStatus], lookingFor rules: Set<RuleID>) -> [Finding] {
        statuses.compactMap(finding).filter { rules.contains($0.rule) }
    }

    private static func finding(_ status: WaiverStatus) -> Finding? {
        let terms = status.terms
        switch status.state {
        case .inForce, .endsSoon, .unseen: return nil
        case .ended:
            return finding(
                .waiverExpired, .manual, status, wanted: "no \(terms.rule.rawValue) there",
                found: "it ended \(terms.until), and what it accepted is still there")
        case .unused:
            let end = terms.isInForce ? "" : ", and it ended \(terms.until)"
            return finding(
                .waiverUnused, .advisory, status, wanted: "something that it accepts",
                found: "no \(terms.rule.rawValue) there\(end)")
        }
    }

    private static func finding(
        _ rule: RuleID, _ disposition: Finding.Disposition, _ status: WaiverStatus, wanted: String, found: String
    ) -> Finding {
        let reference = RuleReference.of(rule)
        let path = escapedForDisplay(status.terms.path.string)
        return Finding(
            rule: rule, severity: reference.severity, disposition: disposition, cache: status.terms.policy,
            subject: "waiver of \(status.terms.rule.rawValue) at '\(path)', in policy "
                + "'\(escapedForDisplay(status.terms.policy))'",
            wanted: wanted, found: found, remedy: reference.remedy, place: status.terms.path)
    }
}
