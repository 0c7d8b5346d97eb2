import Testing
import WardenModel
import WardenNotify
import WardenTestSupport

/// What a channel is told, and when.
@Suite("What channels are told") struct ChannelStateTests {
    private let mode = Fixtures.finding()
    private let group = Fixtures.finding(.entryGroup, .medium)

    private func next(
        _ state: ChannelState, _ outbox: [OutboxEntry], at hours: Int64 = 0,
        _ wishes: ChannelState.Wishes = Fixtures.wishes()
    ) -> (message: Message?, state: ChannelState) {
        state.next(outbox, now: Fixtures.time(hours), host: "h", version: "1", wishes)
    }

    private func rules(_ message: Message?, _ state: Message.State) -> [RuleID] {
        (message?.items ?? []).filter { $0.state == state }.map(\.alert.rule)
    }

    @Test("148: an alert is told once, however often it is found") func tellsOnce() {
        var state = ChannelState()
        var outbox: [OutboxEntry] = []
        for number in 1...288 {
            outbox.append(Fixtures.entry(UInt64(number), [mode]))
            let (message, next) = next(state, outbox)
            #expect((message != nil) == (number == 1))
            state = next
        }
        #expect(next(state, outbox).message == nil)
    }

    @Test("148: reminders come as often as they are wanted, and no more") func reminds() {
        let daily = Fixtures.wishes(remind: .seconds(86_400))
        var state = ChannelState()
        var told: [Int64: Message.State] = [:]
        for hour in 0..<Int64(72) {
            let (message, next) = next(state, [Fixtures.entry(1, [mode])], at: hour, daily)
            if let item = message?.items.first { told[hour] = item.state }
            state = next
        }
        #expect(told == [0: .new, 24: .reminder, 48: .reminder])
    }

    @Test func tellsThatItIsOver() {
        let first = Fixtures.entry(1, [mode, group])
        let (_, told) = next(ChannelState(), [first])
        let (message, state) = next(told, [first, Fixtures.entry(2, [group])])
        #expect(rules(message, .resolved) == [.entryMode] && message?.items.count == 1)
        #expect(message?.items.first?.run?.id == "run-2")
        #expect(next(state, [first, Fixtures.entry(2, [group])]).message == nil)
    }

    @Test(arguments: [
        OutboxSnapshot.View(rules: [.rootMode], places: ["go-build"], unseen: [], isWholeHost: true),
        OutboxSnapshot.View(rules: RuleID.allCases, places: ["other"], unseen: [], isWholeHost: false),
        OutboxSnapshot.View(rules: RuleID.allCases, places: [], unseen: ["go-build"], isWholeHost: true), .nothing,
    ])
    func endsNothingThatNobodyLookedFor(view: OutboxSnapshot.View) {
        let first = Fixtures.entry(1, [mode])
        let (_, told) = next(ChannelState(), [first])
        let (message, state) = next(told, [first, Fixtures.entry(2, [], view: view)])
        #expect(message == nil)
        #expect(rules(next(state, [Fixtures.entry(3, [])]).message, .resolved) == [.entryMode])
    }

    @Test func endsWhatNoPolicySpeaksOfAnyMore() {
        let first = Fixtures.entry(1, [mode])
        let (_, told) = next(ChannelState(), [first])
        let view = OutboxSnapshot.View(rules: RuleID.allCases, places: [], unseen: [], isWholeHost: true)
        #expect(rules(next(told, [first, Fixtures.entry(2, [], view: view)]).message, .resolved) == [.entryMode])
    }

    @Test func tellsWhatCameAndWent() {
        let outbox = [Fixtures.entry(1, []), Fixtures.entry(2, [mode]), Fixtures.entry(3, [])]
        let (message, state) = next(ChannelState(), outbox)
        #expect(rules(message, .passed) == [.entryMode] && message?.items.count == 1)
        #expect(next(state, outbox).message == nil)
    }

    @Test func whatWentAndCameBackHasStood() {
        let first = Fixtures.entry(1, [mode])
        let (_, told) = next(ChannelState(), [first])
        let (message, _) = next(told, [first, Fixtures.entry(2, []), Fixtures.entry(3, [mode])])
        #expect(message == nil)
    }

    @Test func knowsWhatMattersToWhom() {
        let outbox = [Fixtures.entry(1, [mode, group, Fixtures.finding(.rootMode, .low)])]
        let (message, state) = next(ChannelState(), outbox, Fixtures.wishes(.high))
        #expect(rules(message, .new) == [.entryMode])
        // A higher threshold ends nothing.
        let later = outbox + [Fixtures.entry(2, [mode])]
        #expect(next(state, later, Fixtures.wishes(.critical)).message == nil)
    }

    @Test func waivedAndAdvisoryFindingsAreNoAlerts() {
        let quiet = [
            Fixtures.finding(disposition: .waived), Fixtures.finding(.rootMode, disposition: .advisory),
        ]
        #expect(next(ChannelState(), [Fixtures.entry(1, quiet)]).message == nil)
    }

    @Test func oneRuleInTwoPartsOfACacheIsOneAlert() throws {
        let entry = Fixtures.entry(1, [Fixtures.finding(count: 2), Fixtures.finding(count: 5)])
        let alert = try #require(entry.snapshot.alerts.first)
        #expect(entry.snapshot.alerts.count == 1 && alert.count == 7 && alert.examples.count == 2)
        #expect(alert.found == "0644" && alert.remedy == "run 'cachewarden apply'")
    }

    @Test("An outbox that was begun anew is read from its beginning", arguments: [1 as UInt64, 5])
    func noticesANewOutbox(number: UInt64) {
        let (_, told) = next(ChannelState(), [Fixtures.entry(5, [mode])])
        let anew = [Fixtures.entry(number, [group], run: "another")]
        let message = next(told, anew).message
        #expect(rules(message, .new) == [.entryGroup] && rules(message, .resolved) == [.entryMode])
    }

    @Test func anEmptyOutboxKeepsWhatWasTold() {
        let (_, told) = next(ChannelState(), [Fixtures.entry(5, [mode])])
        #expect(next(told, []).message == nil && next(told, []).state == told)
    }

    @Test func sendsAllThatStandsToWhoKeepsCount() throws {
        let outbox = [Fixtures.entry(1, [mode, group])]
        let wishes = Fixtures.wishes(repeats: true)
        let (_, told) = next(ChannelState(), outbox, wishes)
        let message = try #require(next(told, outbox, wishes).message)
        #expect(message.items.isEmpty && message.standing.count == 2)
        let (_, none) = next(told, outbox + [Fixtures.entry(2, [])], wishes)
        #expect(next(none, outbox + [Fixtures.entry(2, [])], wishes).message == nil)
    }

    // MARK: - Properties

    /// Twenty hosts' histories, each of forty runs on six findings.
    static let histories: [[OutboxEntry]] = (1...UInt64(20)).map { seed in
        var generator = SeededGenerator(seed: seed)
        let rules: [RuleID] = [.entryMode, .entryGroup, .entryACL, .rootMode, .rootGroup, .entryRefused]
        return (1...UInt64(40)).map { number in
            let standing = rules.filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
            let looked = rules.filter { _ in Int.random(in: 0..<4, using: &generator) > 0 }
            let view = OutboxSnapshot.View(
                rules: looked + standing, places: ["go-build"], unseen: [], isWholeHost: false)
            let severities = Severity.allCases
            return Fixtures.entry(
                number, standing.map { Fixtures.finding($0, severities[rules.firstIndex(of: $0).map { $0 % 4 } ?? 0]) },
                view: view)
        }
    }

    @Test("Delivering twice sends nothing twice", arguments: histories) func isIdempotent(history: [OutboxEntry]) {
        var state = ChannelState()
        for count in 1...history.count {
            let outbox = Array(history[..<count].suffix(64))
            state = next(state, outbox).state
            let again = next(state, outbox)
            #expect(again.message == nil && again.state == state)
        }
    }

    @Test("A channel that fails loses nothing", arguments: histories) func losesNothing(history: [OutboxEntry]) {
        var generator = SeededGenerator(seed: 7)
        var (steady, failing) = (ChannelState(), ChannelState())
        var told: (steady: Set<RuleID>, failing: Set<RuleID>) = ([], [])
        for count in 1...history.count {
            let outbox = Array(history[..<count])
            let (message, state) = next(steady, outbox, Fixtures.wishes(.medium))
            told.steady.formUnion(rules(message, .new))
            steady = state
            // A failed delivery keeps neither message nor state.
            guard count == history.count || Int.random(in: 0..<4, using: &generator) == 0 else { continue }
            let late = next(failing, outbox, Fixtures.wishes(.medium))
            told.failing.formUnion(rules(late.message, .new) + rules(late.message, .passed))
            failing = late.state
        }
        #expect(Set(failing.told.keys) == Set(steady.told.keys))
        #expect(told.failing == told.steady && !told.steady.isEmpty)
    }

    @Test("What is told new and not resolved is what stands", arguments: histories)
    func balances(history: [OutboxEntry]) {
        var state = ChannelState()
        var standing: Set<String> = []
        for count in 1...history.count {
            let (message, next) = next(state, Array(history[..<count]))
            for item in message?.items ?? [] {
                switch item.state {
                case .new: #expect(standing.insert(item.alert.fingerprint).inserted)
                case .resolved: #expect(standing.remove(item.alert.fingerprint) != nil)
                case .passed: #expect(!standing.contains(item.alert.fingerprint))
                case .reminder: Issue.record("nobody wanted reminders")
                }
            }
            state = next
        }
        #expect(standing == Set(state.told.keys))
    }
}
