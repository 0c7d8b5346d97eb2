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

    /// How many alerts are told in full.
    package static let limit = 10

    package let host: String
    package let version: String
    package let madeAt: Timestamp
    package let isTest: Bool
    /// New ones first, then reminders, then those that ended; each the worst first.
    package let items: [Item]
    /// All that stands, whether told before or not.
    package let standing: [Item]

    package init(
        host: String, version: String, madeAt: Timestamp, isTest: Bool = false, items: [Item], standing: [Item] = []
    ) {
        self.host = host
        self.version = version
        self.madeAt = madeAt
        self.isTest = isTest
        self.items = items
        self.standing = standing
    }

    package func count(_ state: State) -> Int { items.count { $0.state == state } }
    /// Those that are told in full.
    package var shown: ArraySlice<Item> { items.prefix(Self.limit) }
    /// How many are not.
    package var hiddenCount: Int { items.count - shown.count }

    /// Says how many there are of each kind: `3 new, 1 resolved`.
    package var summary: String {
        guard !isTest else { return "a test, nothing is wrong" }
        let words: [(State, String)] = [
            (.new, "new"), (.reminder, "standing"), (.resolved, "resolved"), (.passed, "came and went"),
        ]
        let parts = words.compactMap { state, word in count(state) > 0 ? "\(count(state)) \(word)" : nil }
        return parts.isEmpty ? "\(standing.count) standing" : parts.joined(separator: ", ")
    }
}

extension Message {
    /// Returns a message that says that nothing is wrong, to see whether it arrives.
    package static func test(host: String, version: String, at now: Timestamp) -> Message {
        let alert = Alert(
            host: host, rule: .cacheMissing, severity: .low, cache: "", subject: "a test, nothing is wrong", count: 1,
            wanted: "an answer", found: "a question", remedy: "Do nothing: it goes by itself.", examples: [])
        let item = Item(state: .new, alert: alert, firstSeen: now, run: nil, root: nil)
        return Message(host: host, version: version, madeAt: now, isTest: true, items: [], standing: [item])
    }
}
