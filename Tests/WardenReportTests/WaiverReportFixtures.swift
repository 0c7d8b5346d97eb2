import SystemPackage
import WardenModel
import WardenReport

/// A run with a waiver in each state, one of them with a hostile reason.
extension ReportFixtures {
    static let waivers: [WaiverStatus] = [
        status(.ended, .rootGroup, path, days: -3, reason: "the group is renamed in November"),
        status(.endsSoon, .entryMode, path.appending("fuzz"), days: 9, inodes: 1_204, reason: "corpora are moved"),
        status(
            .inForce, .environmentConflict, "/etc/profile.d/go.sh", days: 66, inodes: 2, reason: "x\u{1b}[2J<b>&\n@all"),
        status(.unused, .sizeExceeded, path, days: 400, inodes: 0, reason: "the disk is new"),
    ]

    static let waived = report(
        .apply, .drift,
        [.init(plan: plan([rootGroup.waived(by: waivers[0].terms), accepted, stranger], []), before: observation())],
        waivers: waivers, waiverFindings: [expired, unused])

    private static let accepted = entryACL.waived(by: waivers[1].terms)
    private static let expired = finding(.waiverExpired, .manual, .medium, waivers[0], found: "it has ended")
    private static let unused = finding(.waiverUnused, .advisory, .low, waivers[3], found: "no size-exceeded there")

    private static func finding(
        _ rule: RuleID, _ disposition: Finding.Disposition, _ severity: Severity, _ status: WaiverStatus, found: String
    ) -> Finding {
        Finding(
            rule: rule, severity: severity, disposition: disposition, cache: "shared-builders",
            subject: "waiver of \(status.terms.rule.rawValue) at '\(status.terms.path)', in policy 'shared-builders'",
            wanted: "a waiver that does something", found: found, remedy: "Remove the waiver.")
    }

    private static func status(
        _ state: WaiverStatus.State, _ rule: RuleID, _ path: FilePath, days: Int64, inodes: Int = 1, reason: String
    ) -> WaiverStatus {
        let until = Timestamp(seconds: noon.seconds + days * 86_400)
        return WaiverStatus(
            terms: WaiverTerms(
                policy: "shared-builders", rule: rule, path: path, until: until, reason: reason, isInForce: days >= 0),
            state: state, findings: state == .unused ? 0 : max(1, inodes / 602), inodes: inodes,
            remaining: .seconds(days * 86_400))
    }
}
