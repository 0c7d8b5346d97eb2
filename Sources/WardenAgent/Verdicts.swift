package import WardenModel

extension RunReport.Verdict {
    /// Returns the answer of a run that ended as these caches did.
    package init(
        _ command: RunReport.Command, _ caches: [RunReport.Cache], _ toolchains: [RunReport.Toolchain] = [],
        _ delivery: RunReport.Delivery = .nothing, _ waivers: [Finding] = [], interrupted: Bool
    ) {
        let all = toolchains.flatMap(\.standing) + caches.flatMap(\.standing) + delivery.standing + waivers
        let standing = all.filter(\.isDrift)
        let applied =
            caches.reduce(0) { $0 + $1.appliedCount } + delivery.appliedCount
            + toolchains.count(where: \.isInstalled)
        let failed =
            caches.flatMap(\.outcomes).flatMap(\.exceptions).contains { $0.outcome.isFailure }
            || caches.contains { $0.retention?.hasFailed == true }
            || delivery.outcomes.values.contains(where: \.isFailure)
            || toolchains.contains { $0.outcome?.isFailure == true }
        if command == .stat {
            self = caches.allSatisfy { $0.before.census != nil } ? .compliant : .failed
        } else if standing.contains(where: { $0.disposition == .blocking }) {
            self = .failed
        } else if command != .apply {
            self = standing.isEmpty ? .compliant : .drift
        } else if interrupted || failed || standing.contains(where: { $0.disposition == .refused }) {
            self = .partlyRepaired
        } else if standing.isEmpty {
            self = applied > 0 ? .repaired : .compliant
        } else if delivery.outcomes.values.contains(where: { $0 != .applied })
            || caches.contains(where: { $0.plan.mode == .enforce && $0.standing.contains(where: \.isRepairable) })
        {
            // A repair was possible and is still missing: somebody makes drift faster than it is repaired.
            self = .partlyRepaired
        } else {
            self = .drift
        }
    }
}

extension RunReport.Verdict {
    /// The exit code that says it to a script (policy-language.md, "Exit codes").
    package var exitCode: Int32 {
        switch self {
        case .compliant, .repaired: 0
        case .failed: 1
        case .drift: 2
        case .partlyRepaired: 3
        }
    }
}

extension Finding {
    /// Whether a repair was possible. What builds use can be more at any moment than a moment ago: a limit that is crossed
    /// again, or still, after everything was removed that may go, is drift and no failed repair.
    fileprivate var isRepairable: Bool { disposition == .repairable && !rule.isRetention }
}

extension RetentionOutcome {
    /// Whether something was to be done and could not.
    fileprivate var hasFailed: Bool {
        failureCount > 0 || kept[.refused] != nil || goClean?.isEffective == false
    }
}
