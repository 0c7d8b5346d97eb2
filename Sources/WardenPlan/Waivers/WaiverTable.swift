package import SystemPackage
package import WardenModel
package import WardenPolicy

/// The waivers of the policies in force, ready to be asked about a finding. Pure.
package struct WaiverTable: Sendable {
    /// Those in force first, of these the one that lasts longest.
    private let terms: [WaiverTerms]
    private let now: Timestamp

    package init(_ policies: [Policy], now: Timestamp) {
        self.now = now
        terms = policies.flatMap { policy in
            policy.waivers.map {
                WaiverTerms(
                    policy: policy.name, rule: $0.rule, path: $0.path, until: $0.until, reason: $0.reason,
                    isInForce: $0.until >= now)
            }
        }.sorted { $0.until > $1.until }
    }

    /// Returns the waiver for what a rule finds at a path: one in force, or else one that has ended.
    func terms(for rule: RuleID, at path: FilePath) -> WaiverTerms? {
        terms.first { $0.rule == rule && path.starts(with: $0.path) }
    }

    /// Returns the waivers that concern one cache.
    package func waivers(inCacheAt path: FilePath) -> CacheWaivers {
        let inside = terms.filter { $0.path.starts(with: path) && $0.path != path }
        return CacheWaivers(root: path, terms: terms.filter { path.starts(with: $0.path) } + inside)
    }

    /// Returns a finding about a place outside caches as its waiver leaves it.
    package func applied(to finding: Finding) -> Finding {
        finding.waived(by: finding.place.flatMap { terms(for: finding.rule, at: $0) })
    }

    // MARK: - What became of them

    /// Returns each waiver beside what it accepts, those that end first before others.
    ///
    /// - Parameters:
    ///   - standing: The findings that stand when the run ends.
    ///   - rules: What the run looked for; of other rules' waivers it can say nothing.
    ///   - unseen: Roots of caches that could not be looked at.
    package func statuses(
        _ standing: [Finding], lookingFor rules: Set<RuleID>, unseen: [FilePath] = []
    ) -> [WaiverStatus] {
        terms.filter { rules.contains($0.rule) }.reversed().map { terms in
            let accepted = standing.filter { $0.waiver == terms }
            let remaining = terms.until.since(now)
            let state: WaiverStatus.State =
                if accepted.isEmpty {
                    unseen.contains { terms.path.starts(with: $0) || $0.starts(with: terms.path) } ? .unseen : .unused
                } else if !terms.isInForce { .ended } else {
                    remaining <= WaiverStatus.notice ? .endsSoon : .inForce
                }
            return WaiverStatus(
                terms: terms, state: state, findings: accepted.count, inodes: accepted.reduce(0) { $0 + $1.count },
                remaining: remaining)
        }
    }
}
