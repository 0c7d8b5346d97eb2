package import WardenModel

/// What one channel is told in one delivery.
package struct Message: Hashable, Sendable {
    /// Why an alert is in a message.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// It was not told before.
        case new
        /// It was, and stands still.
        case reminder
        /// It was told and stands no more.
        case resolved
        /// It came and went since the last delivery.
        case passed
    }

    package struct Item: Hashable, Sendable {
        package let state: State
        package let alert: Alert
        package let firstSeen: Timestamp
        /// The run that saw it last, or saw that it is gone; `nil` where the outbox has it no more.
        package let run: OutboxSnapshot.Run?
        package let root: RootPicture?

        package init(
            state: State, alert: Alert, firstSeen: Timestamp, run: OutboxSnapshot.Run?, root: RootPicture?
        ) {
            self.state = state
            self.alert = alert
            self.firstSeen = firstSeen
            self.run = run
            self.root = root
        }
    }

    /// What a message is about.
    package enum Occasion: Hashable, Sendable {
        /// What runs have found.
        case findings
        /// Nothing: does it arrive?
        case test
        /// The agent could not do its work.
        case failure(UnitFailure)
    }

    /// How many alerts are told in full.
    package static let limit = 10

    package let host: String
    package let version: String
    package let madeAt: Timestamp
    package let occasion: Occasion
    /// New ones first, then reminders, then those that ended; each the worst first.
    package let items: [Item]
    /// All that stands, whether told before or not.
    package let standing: [Item]

    package init(
        host: String, version: String, madeAt: Timestamp, occasion: Occasion = .findings, items: [Item] = [],
        standing: [Item] = []
    ) {
        self.host = host
        self.version = version
        self.madeAt = madeAt
        self.occasion = occasion
        self.items = items
        self.standing = standing
    }

    /// What people read where there is no alert to tell, one thing a line.
    var remarks: [String] {
        if case .failure(let failure) = occasion { failure.remedies } else { [] }
    }

    package func count(_ state: State) -> Int { items.count { $0.state == state } }
    /// Those that are told in full.
    package var shown: ArraySlice<Item> { items.prefix(Self.limit) }
    /// How many are not.
    package var hiddenCount: Int { items.count - shown.count }

    /// Says how many there are of each kind: `3 new, 1 resolved`.
    package var summary: String {
        switch occasion {
        case .test: return "a test, nothing is wrong"
        case .failure(let failure): return failure.sentence
        case .findings: break
        }
        let words: [(State, String)] = [
            (.new, "new"), (.reminder, "standing"), (.resolved, "resolved"), (.passed, "came and went"),
        ]
        let parts = words.compactMap { state, word in count(state) > 0 ? "\(count(state)) \(word)" : nil }
        return parts.isEmpty ? "\(standing.count) standing" : parts.joined(separator: ", ")
    }
}
