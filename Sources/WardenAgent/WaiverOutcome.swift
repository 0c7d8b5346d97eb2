internal import WardenModel
internal import WardenPlan

/// What became of the waivers of the policies in force.
struct WaiverOutcome {
    /// All that stands, waivers aside.
    let standing: [Finding]
    let statuses: [WaiverStatus]
    /// On the waivers themselves.
    let findings: [Finding]

    init(
        _ scope: RunScope, _ request: RunRequest, _ caches: [RunReport.Cache], _ toolchains: [RunReport.Toolchain],
        _ delivery: RunReport.Delivery
    ) {
        standing = toolchains.flatMap(\.standing) + caches.flatMap(\.standing) + delivery.standing
        // Other commands look for nothing that could be accepted, or at one cache alone.
        guard [.check, .plan, .apply].contains(request.command) else {
            (statuses, findings) = ([], [])
            return
        }
        let unseen = caches.filter { $0.plan.isBlocked || ($0.after ?? $0.before).census == nil }.map(\.plan.path)
        statuses = scope.waivers.statuses(standing, lookingFor: request.rules, unseen: unseen)
        findings = WaiverFindings.findings(statuses, lookingFor: request.rules)
    }
}
