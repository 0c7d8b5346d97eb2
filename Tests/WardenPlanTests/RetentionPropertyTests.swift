import Testing
import WardenModel
import WardenPlan
import WardenPolicy
import WardenTestSupport

@Suite("What retention chooses, over random caches and policies") struct RetentionPropertyTests {
    private static let seeds: [UInt64] = Array(0..<40)

    private func fixture(_ seed: UInt64) -> RetentionFixture {
        var random = SeededGenerator(seed: seed)
        func number(_ range: ClosedRange<UInt32>) -> UInt32 { UInt32.random(in: range, using: &random) }
        func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
        var fixture = RetentionFixture { retention in
            retention.order = Bool.random(using: &random) ? .lru : .age
            retention.maxSize = maybe(ByteCount(UInt64(number(1...4_000_000))))
            retention.maxEntries = maybe(Int(number(1...400)))
            retention.maxAge = maybe(.seconds(Int64(number(90_000...2_000_000))))
            retention.lowWater = Int(number(1...99))
            retention.keepRecent = .seconds(Int64(number(5...300_000)))
            retention.budget = .init(entries: maybe(Int(number(1...500))))
        }
        fixture.accessTimes = [.relatime, .strictatime, .noatime].randomElement(using: &random) ?? .relatime
        if Bool.random(using: &random) {
            fixture.builds = .known([RetentionFixture.build(startedAgo: number(1...1_000_000))])
        }
        let shared = random.next()
        for _ in 0..<number(0...40) {
            let age = number(0...3_000_000)
            fixture.addPair(key: shared, usedAgo: age, outputs: 0, modifiedAgo: age + number(0...100_000))
        }
        fixture.addPair(key: shared, usedAgo: number(0...3_000_000), actions: 0)
        for _ in 0..<200 {
            let (actions, outputs) = [(1, 1), (1, 1), (3, 1), (0, 1), (1, 0)].randomElement(using: &random) ?? (1, 1)
            let age = number(0...3_000_000)
            fixture.addPair(
                key: random.next(), usedAgo: age, actions: actions, outputs: outputs,
                modifiedAgo: age + number(0...100_000), size: UInt64(number(1...20)) * 4_096,
                isMarked: Bool.random(using: &random))
        }
        return fixture
    }

    @Test(arguments: seeds) func theSameInputGivesTheSameSelection(seed: UInt64) throws {
        var shuffled = fixture(seed)
        var random = SeededGenerator(seed: seed + 1)
        shuffled.entries.shuffle(using: &random)
        #expect(try shuffled.evictedKeys() == fixture(seed).evictedKeys())
    }

    @Test(arguments: seeds) func nothingRecentAndNothingOfABuildGoes(seed: UInt64) throws {
        let fixture = fixture(seed)
        let inventory = fixture.inventory
        let least: Int64 = fixture.accessTimes == .strictatime ? 2 : 25 * 3600
        let now = Int64(RetentionFixture.now)
        let recent = now - max(least, fixture.retention.keepRecent.components.seconds)
        let oldest = fixture.builds.builds.map(\.startedAt.seconds).min() ?? .max
        for choice in try fixture.selection().evictions {
            let pair = inventory.pair(of: choice)
            #expect(Int64(pair.lastUse) < recent, "seed \(seed)")
            #expect(Int64(pair.lastUse) < oldest, "seed \(seed)")
        }
    }

    @Test(arguments: seeds) func pairsStayWhole(seed: UInt64) throws {
        let fixture = fixture(seed)
        let inventory = fixture.inventory
        let choices = try fixture.selection().evictions
        #expect(Set(choices.map { "\($0.bucket)/\($0.start)" }).count == choices.count, "seed \(seed)")
        let whole = Set(choices.filter { $0.extent == .pair }.map { inventory.key(of: inventory.pair(of: $0)) })
        for choice in choices {
            let pair = inventory.pair(of: choice)
            let key = inventory.key(of: pair)
            let members = fixture.entries.filter { $0.key == key }
            guard choice.extent == .action else {
                #expect(pair.entries.count == members.count, "seed \(seed)")
                continue
            }
            #expect(pair.actions == 1 && pair.entries.count == 1, "seed \(seed)")
            #expect(members.count { $0.kind == .action } > 16, "seed \(seed): only of shared outputs")
            #expect(!whole.contains(key), "seed \(seed): gone with its output, or alone, never both")
        }
    }

    @Test(arguments: seeds) func theOrderIsLastUse(seed: UInt64) throws {
        let fixture = fixture(seed)
        let inventory = fixture.inventory
        let ranks = try fixture.selection().evictions.map { choice in
            let pair = inventory.pair(of: choice)
            return choice.extent == .pair && (pair.isOrphanedOutput || pair.isOrphanedAction)
                ? 0 : fixture.retention.order == .lru ? pair.lastUse : pair.modified
        }
        #expect(ranks == ranks.sorted(), "seed \(seed)")
    }

    /// Either the low-water marks are reached, or all that may go goes, or the budget is spent; and no pair too many.
    @Test(arguments: seeds) func limitsAreReachedWhereTheyCanBe(seed: UInt64) throws {
        var fixture = fixture(seed)
        fixture.retention.maxAge = nil
        let (choices, inventory) = (try fixture.selection().evictions, fixture.inventory)
        guard fixture.accessTimes != .noatime || fixture.retention.order == .age else {
            #expect(choices.isEmpty, "seed \(seed)")
            return
        }
        let pairs = choices.map { inventory.pair(of: $0) }
        let size = fixture.entries.reduce(UInt64(0)) { $0 + $1.allocated.rawValue }
        func isReached(_ pairs: some Collection<Inventory.Pair>) -> Bool {
            let bytes = pairs.reduce(UInt64(0)) { $0 + $1.allocated.rawValue }
            let names = pairs.reduce(0) { $0 + $1.entries.count }
            func holds(_ limit: UInt64?, _ found: UInt64, _ freed: UInt64) -> Bool {
                guard let limit, found > limit else { return true }
                return found - freed <= limit / 100 * UInt64(fixture.retention.lowWater) + limit % 100
                    * UInt64(fixture.retention.lowWater) / 100
            }
            return holds(fixture.retention.maxSize?.rawValue, size, bytes)
                && holds(fixture.retention.maxEntries.map(UInt64.init), UInt64(fixture.entries.count), UInt64(names))
        }
        // What nobody can find goes whole, however little a limit asks for.
        let isSearched = pairs.last.map { !$0.isOrphanedOutput && !$0.isOrphanedAction } ?? false
        if isSearched || choices.last?.extent == .action {
            #expect(!isReached(pairs.dropLast()), "seed \(seed): one pair too many")
        }
        let budget = fixture.retention.budget.entries ?? .max
        guard !isReached(pairs), pairs.reduce(0, { $0 + $1.entries.count }) < budget else { return }
        var everything = fixture
        everything.retention.maxSize = ByteCount(1)
        everything.retention.lowWater = 1
        #expect(Set(try everything.evictedKeys()) == Set(try fixture.evictedKeys()), "seed \(seed)")
    }
}
