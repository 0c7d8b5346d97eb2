package import WardenModel

/// What one channel has been told: facts of success alone. A delivery that failed leaves it as it was.
package struct ChannelState: Hashable, Sendable, Codable {
    /// The last run of the outbox that was taken into account.
    package struct Mark: Hashable, Sendable, Codable {
        package let number: UInt64
        package let run: String
    }

    /// An alert that was sent and has not been resolved.
    package struct Told: Hashable, Sendable, Codable {
        package let alert: Alert
        package let firstSeen: Timestamp
        package let lastSent: Timestamp
    }

    package private(set) var last: Mark?
    /// By fingerprint.
    package private(set) var told: [String: Told] = [:]

    /// Returns the state of a channel that was told nothing.
    package init() {}

    /// When a channel is told what.
    package struct Wishes: Hashable, Sendable {
        package let atLeast: Severity
        /// How long an alert stays quiet after it was sent; `nil` for ever.
        package let remind: Duration?
        /// Whether all that stands is sent each time, because the receiver keeps count itself.
        package let repeatsStanding: Bool

        package init(atLeast: Severity, remind: Duration?, repeatsStanding: Bool) {
            self.atLeast = atLeast
            self.remind = remind
            self.repeatsStanding = repeatsStanding
        }
    }

    /// Returns what to tell now, `nil` for nothing, and the state to keep once it was told.
    ///
    /// - Parameter outbox: Every entry, in the order of their numbers.
    package func next(
        _ outbox: [OutboxEntry], now: Timestamp, host: String, version: String, _ wishes: Wishes
    ) -> (message: Message?, state: ChannelState) {
        let account = Account(self, fresh(outbox), wishes)
        let sightings = Sightings(outbox)
        var items: [Message.Item] = []
        var next = ChannelState()
        next.last = outbox.last.map { Mark(number: $0.number, run: $0.snapshot.run.id) } ?? last
        for (fingerprint, standing) in account.standing {
            let told = told[fingerprint]
            let state: Message.State? = told.map { isDue($0, now, wishes) ? .reminder : nil } ?? .new
            let alert = sightings.last[fingerprint]?.alert ?? standing.alert
            if let state { items.append(sightings.item(state, alert, standing.firstSeen)) }
            next.told[fingerprint] = Told(
                alert: alert.withoutExamples, firstSeen: standing.firstSeen,
                lastSent: state == nil ? min(told?.lastSent ?? now, now) : now)
        }
        items += account.ended.map { end in
            Message.Item(
                state: told[end.alert.fingerprint] == nil ? .passed : .resolved, alert: end.alert,
                firstSeen: end.firstSeen, run: end.run, root: end.root)
        }
        let standing = account.standing.values.map { sightings.item(.reminder, $0.alert, $0.firstSeen) }
        guard !items.isEmpty || wishes.repeatsStanding && !standing.isEmpty else { return (nil, next) }
        let message = Message(
            host: host, version: version, madeAt: now, items: items.sorted(by: Message.Item.isBefore),
            standing: standing.sorted(by: Message.Item.isBefore))
        return (message, next)
    }

    /// Returns the entries that were not taken into account. Where the outbox was begun anew, all of them.
    private func fresh(_ outbox: [OutboxEntry]) -> [OutboxEntry] {
        guard let last, let newest = outbox.last, newest.number >= last.number else { return outbox }
        let known = outbox.first { $0.number == last.number }
        guard known.map({ $0.snapshot.run.id == last.run }) ?? true else { return outbox }
        return outbox.filter { $0.number > last.number }
    }

    private func isDue(_ told: Told, _ now: Timestamp, _ wishes: Wishes) -> Bool {
        guard let remind = wishes.remind, told.alert.severity >= wishes.atLeast else { return false }
        return now.since(told.lastSent) >= remind
    }
}

/// What became of alerts in the runs since the last delivery.
private struct Account {
    struct Standing {
        let alert: Alert
        let firstSeen: Timestamp
    }

    struct End {
        let alert: Alert
        let firstSeen: Timestamp
        let run: OutboxSnapshot.Run
        let root: RootPicture?
    }

    private(set) var standing: [String: Standing] = [:]
    private var ends: [String: End] = [:]

    init(_ state: ChannelState, _ fresh: [OutboxEntry], _ wishes: ChannelState.Wishes) {
        standing = state.told.mapValues { Standing(alert: $0.alert, firstSeen: $0.firstSeen) }
        for entry in fresh { add(entry.snapshot, atLeast: wishes.atLeast) }
    }

    /// Those that ended and did not come back.
    var ended: [End] { ends.filter { standing[$0.key] == nil }.map(\.value) }

    private mutating func add(_ snapshot: OutboxSnapshot, atLeast: Severity) {
        let found = Dictionary(snapshot.alerts.map { ($0.fingerprint, $0) }) { first, _ in first }
        for (fingerprint, old) in standing where found[fingerprint] == nil && snapshot.view.covers(old.alert) {
            ends[fingerprint] = End(
                alert: old.alert, firstSeen: old.firstSeen, run: snapshot.run, root: snapshot.roots[old.alert.cache])
            standing[fingerprint] = nil
        }
        for (fingerprint, alert) in found where standing[fingerprint] != nil || alert.severity >= atLeast {
            // What went and came back between two deliveries has stood all the time to whoever was told.
            let firstSeen = (standing[fingerprint]?.firstSeen ?? ends[fingerprint]?.firstSeen)
            standing[fingerprint] = Standing(alert: alert, firstSeen: firstSeen ?? snapshot.run.finishedAt)
        }
    }
}

/// Where the outbox shows each alert last, in full.
private struct Sightings {
    private(set) var last: [String: (alert: Alert, snapshot: OutboxSnapshot)] = [:]

    init(_ outbox: [OutboxEntry]) {
        for entry in outbox {
            for alert in entry.snapshot.alerts { last[alert.fingerprint] = (alert, entry.snapshot) }
        }
    }

    func item(_ state: Message.State, _ alert: Alert, _ firstSeen: Timestamp) -> Message.Item {
        let seen = last[alert.fingerprint]
        return Message.Item(
            state: state, alert: seen?.alert ?? alert, firstSeen: firstSeen, run: seen?.snapshot.run,
            root: seen?.snapshot.roots[alert.cache])
    }
}

extension Message.Item {
    /// By state, the worst first.
    fileprivate static func isBefore(_ left: Message.Item, _ right: Message.Item) -> Bool {
        guard left.state == right.state else { return left.state.rank < right.state.rank }
        return Alert.isBefore(left.alert, right.alert)
    }
}

extension Message.State {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
