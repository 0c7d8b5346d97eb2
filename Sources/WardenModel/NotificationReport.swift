/// What became of one delivery to everybody who is told of findings.
package struct NotificationReport: Hashable, Sendable {
    package struct Channel: Hashable, Sendable {
        package enum Outcome: Hashable, Sendable {
            case nothingToSay
            case sent
            /// What was to be said is kept for the next delivery.
            case failed(String)
        }

        /// `slack`, `mail`.
        package let kind: String
        /// The credential's name, the addresses or the facility.
        package let name: String
        /// How many alerts are said to be new, standing still, resolved, and gone before anybody was told.
        package let new: Int
        package let reminders: Int
        package let resolved: Int
        package let passed: Int
        /// The same in words.
        package let summary: String
        package let outcome: Outcome

        package init(
            kind: String, name: String, new: Int, reminders: Int, resolved: Int, passed: Int, summary: String,
            outcome: Outcome
        ) {
            self.kind = kind
            self.name = name
            self.new = new
            self.reminders = reminders
            self.resolved = resolved
            self.passed = passed
            self.summary = summary
            self.outcome = outcome
        }

        package var hasFailed: Bool { if case .failed = outcome { true } else { false } }
    }

    package let host: String
    package let channels: [Channel]
    package let warnings: [String]

    package init(host: String, channels: [Channel], warnings: [String]) {
        self.host = host
        self.channels = channels
        self.warnings = warnings
    }

    package var failureCount: Int { channels.count(where: \.hasFailed) }
}
