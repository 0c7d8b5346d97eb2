package import SystemPackage

/// What a waiver says, and whether it still holds.
package struct WaiverTerms: Hashable, Sendable {
    /// The policy that it stands in.
    package let policy: String
    package let rule: RuleID
    /// Where the rule's findings are accepted, and everywhere below.
    package let path: FilePath
    package let until: Timestamp
    package let reason: String
    /// Whether its end was still to come when the run began.
    package let isInForce: Bool

    package init(
        policy: String, rule: RuleID, path: FilePath, until: Timestamp, reason: String, isInForce: Bool
    ) {
        self.policy = policy
        self.rule = rule
        self.path = path
        self.until = until
        self.reason = reason
        self.isInForce = isInForce
    }
}

/// A waiver beside what it accepts in a run.
package struct WaiverStatus: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// It accepts something.
        case inForce = "in-force"
        /// It does, for less than a fortnight more.
        case endsSoon = "ends-soon"
        /// It has ended, and what it accepted is still there.
        case ended
        /// It accepts nothing, ended or not.
        case unused
        /// Nobody could look at the cache that it is about.
        case unseen = "not-looked-at"
    }

    /// A waiver that ends within this time is shown as one that somebody must see to.
    package static let notice = Duration.seconds(14 * 86_400)

    package let terms: WaiverTerms
    package let state: State
    /// How many findings it accepts, or did before it ended, and how many inodes those are about.
    package let findings: Int
    package let inodes: Int
    /// Until it ends; negative once it has.
    package let remaining: Duration

    package init(terms: WaiverTerms, state: State, findings: Int, inodes: Int, remaining: Duration) {
        self.terms = terms
        self.state = state
        self.findings = findings
        self.inodes = inodes
        self.remaining = remaining
    }

    /// Whole days until it ends, rounded down; negative once it has ended.
    package var daysLeft: Int {
        let seconds = remaining.components.seconds
        return Int(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
    }
}
