import Testing
import WardenModel
import WardenPlan
import WardenPolicy

/// When a watching agent runs; times are since it came up.
struct WatchScheduleTests {
    private var schedule = WatchSchedule(WatchSchedule.Pace(interval: .seconds(10_800)))
    private let limit = WatchSchedule.Cause.limit(cache: "c")
    private let entry = WatchSchedule.Cause.entry(cache: "c")

    /// Runs what is due, for `elapsed`, and returns when it began.
    private mutating func run(for elapsed: Duration, helped: Bool = true) throws -> Duration {
        let at = try #require(schedule.next)
        _ = schedule.begin(at: at)
        #expect(schedule.next == nil, "two runs at once")
        schedule.end(at: at + elapsed, helped: helped)
        return at
    }

    @Test mutating func runsEveryFewHoursWhateverHappens() {
        #expect(schedule.next == .seconds(10_800))
        #expect(schedule.begin(at: .seconds(10_800)) == [.interval])
        schedule.end(at: .seconds(10_801), helped: true)
        #expect(schedule.next == .seconds(21_600))
    }

    @Test mutating func gathersWhatABuildDoes() {
        for millisecond in 0..<400 { schedule.note(entry, at: .seconds(10) + .milliseconds(millisecond)) }
        schedule.note(limit, at: .seconds(10) + .milliseconds(450))
        #expect(schedule.next == .milliseconds(10_500))
        #expect(schedule.begin(at: .milliseconds(10_500)) == [limit, entry].sorted { "\($0)" < "\($1)" })
    }

    @Test mutating func seesWhatHappensDuringARun() {
        schedule.note(entry, at: .seconds(10))
        _ = schedule.begin(at: .seconds(11))
        schedule.note(entry, at: .seconds(12))
        #expect(schedule.next == nil)
        schedule.end(at: .seconds(13), helped: true)
        #expect(schedule.next == .seconds(13 + 8), "four times what the run took")
        #expect(schedule.begin(at: .seconds(21)) == [entry])
    }

    /// Whoever breaks rights all the time must not keep the limits from being kept, nor take the processor.
    @Test mutating func givesAFloodASmallShare() throws {
        var (busy, now) = (Duration.zero, Duration.zero)
        var early = Duration.zero
        while now < .seconds(3_600) {
            schedule.note(entry, at: now)
            now = try run(for: .seconds(3)) + .seconds(3)
            busy += .seconds(3)
            if now < .seconds(60) { early = busy }
        }
        #expect(early >= .seconds(12), "a few times in a minute it mends at once")
        #expect(busy < .seconds(3_600 / 20 + 20))
        schedule.note(limit, at: now)
        #expect(try #require(schedule.next) == now + .milliseconds(500))
    }

    @Test mutating func evictsAgainSoon() throws {
        schedule.note(limit, at: .zero)
        let end = try run(for: .seconds(3)) + .seconds(3)
        schedule.note(limit, at: end)
        #expect(schedule.next == end + .seconds(6))
    }

    /// What no run can close is tried again less and less often, and at once where something else is new.
    @Test mutating func waitsLongerWhereItDoesNotHelp() throws {
        var pauses: [Duration] = []
        var end = Duration.zero
        for _ in 0..<10 {
            schedule.note(entry, at: end)
            let began = try run(for: .milliseconds(10), helped: false)
            pauses.append(began - end)
            end = began + .milliseconds(10)
        }
        #expect(pauses == [.milliseconds(500)] + [2, 4, 8, 16, 32, 64, 128, 256, 300].map { .seconds($0) })
        schedule.note(limit, at: end)
        #expect(schedule.next == end + .milliseconds(500))
        _ = try run(for: .milliseconds(10), helped: true)
        schedule.note(.policies, at: end + .seconds(1))
        #expect(try #require(schedule.next) <= end + .seconds(2))
    }

    /// 'max-age': time alone calls for a run when the first entry becomes too old.
    @Test mutating func runsOnceSomethingIsTooOld() {
        schedule.expect([("a", .seconds(7_000)), ("b", .seconds(5_000))], at: .seconds(10))
        #expect(schedule.next == .seconds(5_010))
        schedule.note(limit, at: .seconds(100))
        #expect(schedule.begin(at: .milliseconds(100_500)) == [limit], "it is not yet too old")
        schedule.end(at: .seconds(101), helped: true)
        #expect(schedule.next == .seconds(5_010))
        #expect(schedule.begin(at: .seconds(5_010)) == [.age(cache: "b")])
        #expect(schedule.next == nil)
        schedule.end(at: .seconds(5_011), helped: true)
        #expect(schedule.next == .seconds(5_010 + 10_800), "what has been looked at is no cause again")
        schedule.expect([("a", .seconds(2_000))], at: .seconds(5_011))
        schedule.expect([], at: .seconds(5_012))
        #expect(schedule.next == .seconds(5_010 + 10_800), "somebody has used it")
    }

    /// What is too old and must not go yet, since a build may hold it, is not asked for all the time.
    @Test mutating func asksEveryTenMinutesForWhatMustNotGoYet() throws {
        var ends: [Duration] = [.zero]
        for _ in 0..<3 {
            let end = try #require(ends.last)
            schedule.expect([("c", .seconds(-86_400))], at: end)
            ends.append(try run(for: .seconds(1), helped: false) + .seconds(1))
        }
        #expect(ends == [.zero, .seconds(601), .seconds(1_202), .seconds(1_803)])
    }

    @Test func findsOutWhenTheFirstBecomesTooOld() {
        var (census, retention) = (Census(), RetentionPolicy())
        retention.maxAge = .seconds(30 * 86_400)
        #expect(retention.firstExpiry(after: census) == nil, "nothing is there")
        census.ages.add(age: 3_600, files: 2, allocated: .zero)
        census.ages.add(age: 29 * 86_400, files: 2, allocated: .zero)
        #expect(retention.firstExpiry(after: census) == .seconds(86_400))
        census.ages.add(age: 31 * 86_400, files: 2, allocated: .zero)
        #expect(retention.firstExpiry(after: census) == .seconds(-86_400))
        retention.maxAge = nil
        #expect(retention.firstExpiry(after: census) == nil, "nobody asks for it")
    }

    @Test mutating func looksAgainSoonOnceItHelps() throws {
        for _ in 0..<4 {
            schedule.note(entry, at: .zero)
            _ = try run(for: .milliseconds(10), helped: false)
        }
        schedule.note(entry, at: .zero)
        let end = try run(for: .milliseconds(10), helped: true) + .milliseconds(10)
        schedule.note(entry, at: end)
        #expect(schedule.next == end + .seconds(1))
    }
}
