package import WardenModel

/// What one run left for those who are told of it: a picture of how the host stood when it ended.
package struct OutboxSnapshot: Hashable, Sendable, Codable {
    package static let schema = "cachewarden.outbox/1"

    /// The run that was it.
    package struct Run: Hashable, Sendable, Codable {
        package let id: String
        package let host: String
        package let command: String
        package let version: String
        /// Whose rights it had.
        package let user: UInt32
        package let finishedAt: Timestamp
        package let verdict: String
        package let exitCode: Int32

        package init(
            id: String, host: String, command: String, version: String, user: UInt32, finishedAt: Timestamp,
            verdict: String, exitCode: Int32
        ) {
            self.id = id
            self.host = host
            self.command = command
            self.version = version
            self.user = user
            self.finishedAt = finishedAt
            self.verdict = verdict
            self.exitCode = exitCode
        }
    }

    /// What the run looked for and where: an alert ends only where somebody looked for it and found nothing.
    package struct View: Hashable, Sendable, Codable {
        package let rules: [RuleID]
        /// Caches that were looked at from beginning to end, and policies.
        package let places: [String]
        /// Caches of which the run saw a part at most.
        package let unseen: [String]
        /// Whether the policies were all that this host has: what is in none of them is nobody's wish any more.
        package let isWholeHost: Bool

        package init(rules: [RuleID], places: [String], unseen: [String], isWholeHost: Bool) {
            self.rules = rules
            self.places = places
            self.unseen = unseen
            self.isWholeHost = isWholeHost
        }

        /// A run that looked for nothing.
        package static let nothing = View(rules: [], places: [], unseen: [], isWholeHost: false)

        func covers(_ alert: Alert) -> Bool {
            guard rules.contains(alert.rule), !unseen.contains(alert.cache) else { return false }
            return isWholeHost || places.contains(alert.cache)
        }
    }

    package let schema: String
    package let run: Run
    package let view: View
    /// What stood, one for each fingerprint.
    package let alerts: [Alert]
    /// The cache roots that were there, by the cache's name.
    package let roots: [String: RootPicture]

    package init(run: Run, view: View, findings: [Finding], roots: [String: RootPicture]) {
        schema = Self.schema
        self.run = run
        self.view = view
        self.roots = roots
        var alerts: [String: Alert] = [:]
        for finding in findings where finding.isDrift {
            let alert = Alert(finding, host: run.host)
            alerts[alert.fingerprint] = alerts[alert.fingerprint]?.merged(with: alert) ?? alert
        }
        self.alerts = alerts.values.sorted(by: Alert.isBefore)
    }
}

/// A snapshot and its place in the outbox.
package struct OutboxEntry: Hashable, Sendable {
    /// Counts the outbox's runs.
    package let number: UInt64
    package let snapshot: OutboxSnapshot

    package init(number: UInt64, snapshot: OutboxSnapshot) {
        self.number = number
        self.snapshot = snapshot
    }
}
