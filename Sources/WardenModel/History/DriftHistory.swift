/// How often each rule was violated, and why: somebody changed the host, or somebody changed the policy.
package struct DriftHistory: Sendable {
    /// Where findings of a rule came from that a run met.
    package enum Origin: String, Hashable, Sendable, CaseIterable {
        /// No run before had looked.
        case first
        /// The run before left none, and the policy is the same: repairing it was corrective.
        case cameBack = "came-back"
        /// The policy has changed since the run before: repairing it was intentional.
        case policyChanged = "policy-changed"
        /// The run before had left it.
        case stood
    }

    /// One rule.
    package struct Rule: Hashable, Sendable {
        /// Its stable name; may be one that this version does not know.
        package let name: String
        /// How many runs of the span met it, by where it came from.
        package fileprivate(set) var runs: [Origin: Int] = [:]
        /// When it was met last.
        package fileprivate(set) var last: Timestamp
        /// How many inodes, files or settings the last run left that looked for it.
        package fileprivate(set) var standing = 0

        package var count: Int { runs.values.reduce(0, +) }
    }

    /// What one run found, and left.
    package struct Run: Sendable {
        package let moment: Timestamp
        /// Stands for the policies that were in force: another text is another policy.
        package let policy: String
        /// The rules that were looked for; `nil` for all.
        package let only: Set<String>?
        /// Inodes, files or settings by rule.
        package let found: [String: Int]
        package let standing: [String: Int]

        package init(
            moment: Timestamp, policy: String, only: Set<String>?, found: [String: Int], standing: [String: Int]
        ) {
            self.moment = moment
            self.policy = policy
            self.only = only
            self.found = found
            self.standing = standing
        }
    }

    /// The policy of the last run that looked for all rules, and of those later ones that looked for some.
    private var policy: String?
    private var policies: [String: String] = [:]
    /// What the last run left of each rule that it looked for.
    private var left: [String: Int] = [:]
    private var byName: [String: Rule] = [:]

    package init() {}

    /// Adds a run; later runs come later.
    ///
    /// - Parameter counts: Whether it belongs to the span; one before it only says what was there when the span began.
    package mutating func add(_ run: Run, counts: Bool) {
        if counts {
            for name in run.found.keys {
                byName[name, default: Rule(name: name, last: run.moment)].runs[origin(of: name, in: run), default: 0] +=
                    1
                byName[name]?.last = run.moment
            }
        }
        if let only = run.only {
            for name in only { (left[name], policies[name]) = (run.standing[name] ?? 0, run.policy) }
        } else {
            (left, policies, policy) = (run.standing, [:], run.policy)
        }
    }

    private func origin(of name: String, in run: Run) -> Origin {
        guard let policy = policies[name] ?? policy else { return .first }
        if left[name] ?? 0 > 0 { return .stood }
        return policy == run.policy ? .cameBack : .policyChanged
    }

    /// The rules that were violated in the span, those of most runs first.
    package var rules: [Rule] {
        byName.values.map { rule in
            var rule = rule
            rule.standing = left[rule.name] ?? 0
            return rule
        }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }
}
