import Testing
import WardenModel
import WardenPlan
import WardenPolicy

@Suite("What retention chooses") struct RetentionSelectionTests {
    private typealias Fixture = RetentionFixture
    private let day = RetentionFixture.day

    /// Five pairs of 8 KiB, used 2 to 6 days ago; the key is the number of days.
    private func fiveDays(_ change: (inout RetentionPolicy) -> Void) -> RetentionFixture {
        var fixture = RetentionFixture(change)
        for age in UInt32(2)...6 { fixture.addPair(key: UInt64(age) << 56, usedAgo: age * day) }
        return fixture
    }

    private func days(_ keys: [UInt64]) -> [Int] { keys.map { Int($0 >> 56) } }

    @Test func nothingGoesWithinTheLimits() throws {
        let fixture = fiveDays { $0.maxSize = ByteCount(40_960) }
        #expect(try fixture.evictedKeys().isEmpty)
        #expect(try fixture.findings().isEmpty)
    }

    @Test func theOldestGoDownToLowWater() throws {
        let fixture = fiveDays {
            $0.maxSize = ByteCount(40_000)
            $0.lowWater = 50
        }
        // 40,960 down to 20,000: three pairs of 8,192.
        #expect(try days(fixture.evictedKeys()) == [6, 5, 4])
        let finding = try #require(try fixture.finding(.sizeExceeded))
        #expect(finding.disposition == .repairable)
        #expect(finding.found.hasPrefix("40.0 KiB; 6 entries (24.0 KiB) unused since "), "\(finding.found)")
    }

    @Test func everyLimitDrivesIt() throws {
        func evicted(_ change: (inout RetentionFixture) -> Void) throws -> Int {
            var fixture = fiveDays { $0.lowWater = 90 }
            change(&fixture)
            return try fixture.evictedKeys().count
        }
        #expect(try evicted { $0.retention.maxEntries = 7 } == 2)
        #expect(
            try evicted {
                $0.available = ByteCount(100_000)
                $0.retention.minFree = .amount(105_000)
            } == 2)
        #expect(
            try evicted {
                $0.freeInodes = 99_998
                $0.retention.minFreeInodes = .percent(10)
            } == 5)
        #expect(try evicted { $0.retention.maxAge = .seconds(4 * 86_400) } == 2)
    }

    @Test func ageAloneLeavesWhatIsYounger() throws {
        let fixture = fiveDays { $0.maxAge = .seconds(3 * 86_400 + 100) }
        #expect(try days(fixture.evictedKeys()) == [6, 5, 4])
        #expect(try fixture.finding(.ageExceeded)?.count == 6)
    }

    @Test func whatWasUsedRecentlyStaysWhateverTheLimit() throws {
        var fixture = RetentionFixture { $0.maxSize = ByteCount(1) }
        fixture.addPair(key: 1 << 56, usedAgo: 24 * 3600)
        fixture.addPair(key: 2 << 56, usedAgo: 26 * 3600)
        #expect(try days(fixture.evictedKeys()) == [2])
        let thrash = try #require(try fixture.finding(.retentionThrash))
        #expect(thrash.disposition == .manual)
        #expect(thrash.found.hasPrefix("8.0 KiB more than that was used since "), "\(thrash.found)")
    }

    @Test func underRelatimeNoShorterTimeCounts() throws {
        var fixture = RetentionFixture {
            $0.maxSize = ByteCount(1)
            $0.keepRecent = .seconds(5)
        }
        fixture.addPair(key: 1 << 56, usedAgo: 3600)
        #expect(try fixture.evictedKeys().isEmpty)
        #expect(try fixture.finding(.lastUseUnreliable)?.disposition == .advisory)
        fixture.accessTimes = .strictatime
        #expect(try days(fixture.evictedKeys()) == [1])
        #expect(try fixture.finding(.lastUseUnreliable) == nil)
    }

    @Test func nothingGoesThatARunningBuildMayHold() throws {
        var fixture = fiveDays { $0.maxSize = ByteCount(1) }
        fixture.builds = .known([Fixture.build(startedAgo: 5 * day - 100), Fixture.build(startedAgo: 60)])
        #expect(try days(fixture.evictedKeys()) == [6], "a read within a day of another may leave no trace")
        fixture.accessTimes = .strictatime
        #expect(try days(fixture.evictedKeys()) == [6, 5])
        fixture.builds = .unknown
        #expect(try fixture.evictedKeys().isEmpty)
        #expect(try fixture.finding(.lastUseUnreliable)?.disposition == .manual)
    }

    @Test func withoutATraceOfReadsOnlyAgeIsAnOrder() throws {
        var fixture = fiveDays { $0.maxSize = ByteCount(1) }
        fixture.accessTimes = .noatime
        #expect(try fixture.evictedKeys().isEmpty)
        let finding = try #require(try fixture.finding(.lastUseUnreliable))
        #expect(finding.disposition == .manual)
        #expect(finding.remedy.contains("order: age"), "\(finding.remedy)")
        fixture.retention.order = .age
        #expect(try days(fixture.evictedKeys()) == [6, 5, 4, 3, 2])
        #expect(try fixture.finding(.lastUseUnreliable) == nil)
    }

    @Test func orderAgeGoesByMtime() throws {
        var fixture = RetentionFixture {
            $0.maxSize = ByteCount(12_000)
            $0.order = .age
        }
        fixture.addPair(key: 1 << 56, usedAgo: 2 * day, modifiedAgo: 9 * day)
        fixture.addPair(key: 2 << 56, usedAgo: 3 * day, modifiedAgo: 3 * day)
        #expect(try days(fixture.evictedKeys()) == [1])
        fixture.retention.order = .lru
        #expect(try days(fixture.evictedKeys()) == [2])
    }

    @Test func actionsThatCannotBeReadStopEverything() throws {
        var fixture = fiveDays { $0.maxSize = ByteCount(1) }
        fixture.unreadActions = 3
        #expect(try fixture.selection().isEmpty)
        #expect(try fixture.finding(.lastUseUnreliable)?.count == 3)
    }

    @Test func anOutputWithoutAnActionWaitsForTheBuildsOfItsTime() throws {
        var fixture = RetentionFixture { $0.maxSize = ByteCount(1) }
        let orphan = fixture.addPair(key: 1 << 56, usedAgo: 9 * day, actions: 0)
        #expect(try days(fixture.evictedKeys()) == [1], "without a build nobody can know it")
        fixture.builds = .known([Fixture.build(startedAgo: 60)])
        #expect(try fixture.evictedKeys().isEmpty)
        let marks = try fixture.selection().times
        #expect(marks.map(\.inode) == orphan && marks.allSatisfy { $0.reason == .orphan && $0.moment == Fixture.now })
        #expect(try fixture.finding(.lastUseStale) == nil, "a mark is no drift")
    }

    @Test func aMarkedOrphanGoesWhenThoseBuildsHaveEnded() throws {
        var fixture = RetentionFixture { $0.maxSize = ByteCount(1) }
        fixture.addPair(key: 1 << 56, usedAgo: 2 * day, actions: 0, isMarked: true)
        fixture.builds = .known([Fixture.build(startedAgo: day + 1)])
        #expect(try fixture.selection().isEmpty)
        fixture.builds = .known([Fixture.build(startedAgo: day - 60)])
        #expect(try days(fixture.evictedKeys()) == [1])
    }

    @Test func whatNobodyCanFindGoesFirst() throws {
        var fixture = fiveDays { $0.maxSize = ByteCount(46_000) }
        fixture.addPair(key: 7 << 56, usedAgo: 2 * day, actions: 1, outputs: 0)
        fixture.addPair(key: 8 << 56, usedAgo: 2 * day, actions: 0, outputs: 1)
        #expect(try days(fixture.evictedKeys()).prefix(2) == [7, 8])
    }

    /// One pass begins what the next one ends: what is left over then takes room and helps nobody.
    @Test func whatNobodyCanFindGoesWhole() throws {
        var fixture = fiveDays { $0.maxSize = ByteCount(60_000) }
        for key in UInt64(7)...12 { fixture.addPair(key: key << 56, usedAgo: 2 * day, actions: 0) }
        #expect(try Set(days(fixture.evictedKeys())) == Set(7...12))
        fixture.retention.maxSize = ByteCount(1 << 30)
        #expect(try fixture.evictedKeys().isEmpty, "no limit is crossed")
    }

    /// 20 actions name one output, one of them in use today.
    private func shared(_ change: (inout RetentionPolicy) -> Void) -> (RetentionFixture, stale: [UInt64]) {
        var fixture = RetentionFixture(change)
        fixture.addPair(key: 9 << 56, usedAgo: 60, actions: 1)
        var stale: [UInt64] = []
        for age in UInt32(2)...20 {
            stale += fixture.addPair(key: 9 << 56, usedAgo: age * day, outputs: 0)
        }
        return (fixture, stale)
    }

    @Test func actionsOfASharedOutputAgeByThemselves() throws {
        let (fixture, stale) = shared { $0.maxAge = .seconds(10 * 86_400 + 100) }
        let inventory = fixture.inventory
        let chosen = try fixture.selection().evictions.flatMap { inventory.entries(of: inventory.pair(of: $0)) }
        #expect(chosen.map(\.inode) == stale.suffix(10).reversed(), "the oldest first, the output never")
        #expect(try fixture.finding(.ageExceeded)?.count == 10)
        #expect(try fixture.selection().times.isEmpty, "an old action of a shared output is no lie")
    }

    @Test func aFewActionsStayWithTheirOutput() throws {
        var fixture = RetentionFixture { $0.maxAge = .seconds(10 * 86_400) }
        fixture.addPair(key: 9 << 56, usedAgo: 60, actions: 1)
        for age in UInt32(2)...16 { fixture.addPair(key: 9 << 56, usedAgo: age * day, outputs: 0) }
        #expect(try fixture.evictedKeys().isEmpty)
    }

    @Test func aSharedOutputGoesWithAllThatNameIt() throws {
        var fixture = RetentionFixture { $0.maxEntries = 1 }
        for age in UInt32(3)...22 { fixture.addPair(key: 9 << 56, usedAgo: age * day, outputs: 0) }
        fixture.addPair(key: 9 << 56, usedAgo: 2 * day, actions: 0)
        let choices = try fixture.selection().evictions
        #expect(choices.map(\.extent) == [.pair], "in one unit: else it would lose an action that somebody just read")
        #expect(fixture.inventory.pair(of: try #require(choices.first)).entries.count == 21)
    }

    @Test func fuzzHasALimitOfItsOwn() throws {
        var fixture = fiveDays {
            $0.fuzzMaxSize = ByteCount(10_240)
            $0.lowWater = 50
        }
        for age in UInt32(2)...5 { fixture.addFuzz(key: UInt64(age + 10) << 56, usedAgo: age * day, size: 4_096) }
        #expect(try days(fixture.evictedKeys()) == [15, 14, 13])
        #expect(try fixture.finding(.fuzzExceeded)?.disposition == .repairable)
        fixture.builds = .known([Fixture.build(startedAgo: 60, activity: .fuzzing)])
        #expect(try fixture.evictedKeys().isEmpty)
        let finding = try #require(try fixture.finding(.fuzzExceeded))
        #expect(finding.disposition == .manual && finding.remedy.contains("process 42"), "\(finding.remedy)")
    }

    @Test func aBudgetEndsIt() throws {
        let fixture = fiveDays {
            $0.maxSize = ByteCount(1)
            $0.budget = .init(entries: 5)
        }
        #expect(try days(fixture.evictedKeys()) == [6, 5, 4])
        #expect(try fixture.finding(.retentionThrash) == nil, "a run that stops for its budget says nothing of limits")
    }

    @Test func onlyWhatIsAskedFor() throws {
        var fixture = fiveDays {
            $0.maxSize = ByteCount(1)
            $0.maxAge = .seconds(5 * 86_400 + 100)
        }
        fixture.only = [.ageExceeded]
        #expect(try days(fixture.evictedKeys()) == [6])
        #expect(try fixture.findings().map(\.rule) == [.ageExceeded])
    }

    @Test func timesThatLieAreSet() throws {
        var fixture = RetentionFixture { $0.maxSize = ByteCount(1 << 40) }
        let stale = fixture.addPair(key: 1 << 56, usedAgo: 3600, modifiedAgo: 3 * day)
        fixture.addPair(key: 2 << 56, usedAgo: 3600, modifiedAgo: day / 2)
        fixture.addPair(key: 3 << 56, usedAgo: 3 * day, modifiedAgo: 3 * day + 3000)
        let times = try fixture.selection().times
        #expect(times.map(\.inode) == stale)
        #expect(times.allSatisfy { $0.moment == Fixture.now - 3600 && $0.reason == .lastUse })
        #expect(try fixture.finding(.lastUseStale)?.count == 2)
        fixture.accessTimes = .noatime
        #expect(try fixture.selection().times.isEmpty)
    }

    @Test func aTimeInTheFutureBecomesNow() throws {
        var fixture = RetentionFixture { $0.maxSize = ByteCount(1 << 40) }
        fixture.entries = [
            InventoryEntry(
                kind: .output, inode: 7, key: 1, lastUse: Fixture.now, modified: InventoryEntry.future, blocks: 8)
        ]
        let times = try fixture.selection().times
        #expect(times.map(\.inode) == [7] && times.map(\.moment) == [Fixture.now] && times.map(\.reason) == [.future])
    }
}
