package import WardenModel

extension RunReport.Verdict {
    /// Returns the answer of a run that ended as these caches did.
    package init(_ command: RunReport.Command, _ caches: [RunReport.Cache], interrupted: Bool) {
        let standing = caches.flatMap(\.standing).filter { $0.disposition != .advisory }
        let applied = caches.flatMap(\.outcomes).reduce(0) { $0 + $1.applied }
        let failed = caches.flatMap(\.outcomes).flatMap(\.exceptions).contains { $0.outcome.isFailure }
        if standing.contains(where: { $0.disposition == .blocking }) {
            self = .failed
        } else if command != .apply {
            self = standing.isEmpty ? .compliant : .drift
        } else if interrupted || failed || standing.contains(where: { $0.disposition == .refused }) {
            self = .partlyRepaired
        } else if standing.isEmpty {
            self = applied > 0 ? .repaired : .compliant
        } else if caches.contains(where: { $0.plan.mode == .enforce && $0.standing.contains(where: \.isRepairable) }) {
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
    fileprivate var isRepairable: Bool { disposition == .repairable }
}

extension Outcome {
    /// Whether the change was wanted, possible by the plan, and did not come about.
    var isFailure: Bool {
        switch self {
        case .failed, .skipped(.notVerified), .skipped(.refused): true
        case .applied, .skipped: false
        }
    }
}
