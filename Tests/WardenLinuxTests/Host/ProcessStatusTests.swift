import SystemPackage
import Testing
import WardenLinux
import WardenModel

struct ProcessStatusTests {
    /// What follows the name in a line of Linux 6.18.
    private static let rest = """
         S 30991 30991 17481 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 3 0 1966417 3133440 393 18446744073709551615 94107 0 0

        """

    @Test(arguments: [
        "go", "a) R (b", "a b c", "two\nlines", ")", "(", "", ") S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 1 0 9 (",
    ]) func findsTheFieldsBehindAnyName(name: String) throws {
        let status = try #require(ProcessStatus(parsing: Array("41 (\(name))\(Self.rest)".utf8)))
        #expect(status.name == Array(name.utf8))
        #expect(status.state == UInt8(ascii: "S"))
        #expect(status.parent == 30_991)
        #expect(status.threads == 3)
        #expect(status.startTick == 1_966_417)
    }

    @Test func keepsNamesThatAreNoText() throws {
        let status = try #require(
            ProcessStatus(parsing: Array("41 (".utf8) + [0x67, 0xff] + Array(")\(Self.rest)".utf8)))
        #expect(status.name == [0x67, 0xff])
    }

    @Test(arguments: ["", "41", "41 (go", "41 go) S 1", "41 (go)", "41 (go) S 1 2 3", ") 41 (go S"])
    func refusesWhatTheKernelDoesNotWrite(line: String) {
        #expect(ProcessStatus(parsing: Array(line.utf8)) == nil)
    }

    @Test(arguments: [
        ("Z", 1, true), ("Z", 0, true), ("Z", 2, false), ("X", 1, true), ("S", 1, false), ("D", 1, false),
    ])
    func isOverWhenNoThreadIsLeft(state: String, threads: Int, expected: Bool) throws {
        let line = "1 (go) \(state) 1 1 1 1 1 1 1 1 1 1 1 1 1 1 20 0 \(threads) 0 7 1\n"
        #expect(try #require(ProcessStatus(parsing: Array(line.utf8))).isOver == expected)
    }

    @Test(arguments: [
        ("0::/system.slice/ci-runner.service\n", "ci-runner.service"),
        ("0::/system.slice/ci-runner.service/payload\n", "ci-runner.service"),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/build.scope\n", "build.scope"),
        ("12:pids:/x.service\n1:name=systemd:/system.slice/cron.service\n", "cron.service"),
        ("0::/a:b.service\n", "a:b.service"), ("0::/\n", nil), ("0::/user.slice\n", nil), ("", nil),
    ])
    func findsTheUnit(of groups: String, unit: String?) {
        #expect(ProcessText.unit(Array(groups.utf8)).map { String(decoding: $0, as: UTF8.self) } == unit)
    }

    @Test func readsWhatWasWritten() {
        #expect(ProcessText.written(Array("rchar: 7\nwchar: 42\nsyscr: 1\n".utf8)) == ByteCount(42))
        for text in ["", "wchar: \n", "wchar: many\n"] { #expect(ProcessText.written(Array(text.utf8)) == nil) }
    }

    @Test func takesTheFirstOfTwoVariables() {
        let text = "A=1\0A=2\0B=x=y\0EMPTY=\0nothing\0\0C=\n"
        #expect(ProcessText.environment(Array(text.utf8)) == ["A": "1", "B": "x=y", "EMPTY": "", "C": "\n"])
        #expect(ProcessText.environment([0x41, 0x3d, 0x2f, 0xff, 0]) == ["A": "/\u{fffd}"])
        #expect(ProcessText.environment([]).isEmpty)
    }

    @Test func keepsEmptyWords() {
        #expect(ProcessText.words(Array("go\0\0x y\0".utf8)) == [Array("go".utf8), [], Array("x y".utf8)])
        #expect(ProcessText.words([]).isEmpty)
    }

    @Test func takesTheRealUserOfFour() {
        let text = "Name:\tgo\\nUid:\\t7\nUmask:\t0022\nUid:\t1000\t0\t1\t2\nGid:\t5\t5\t5\t5\n"
        #expect(ProcessText.realUser(Array(text.utf8)) == UserID(1000))
        #expect(ProcessText.realUser(Array("Gid:\t5\n".utf8)) == nil)
    }

    @Test(arguments: [
        ("rw", false, true), ("rw,hidepid=off", false, true), ("rw,hidepid=0", false, true),
        ("rw,hidepid=noaccess", false, false), ("rw,hidepid=1", false, false), ("rw,hidepid=invisible", false, false),
        ("rw,gid=6,hidepid=2", false, false), ("rw,gid=5,hidepid=invisible", false, true),
        ("rw,gid=5,hidepid=ptraceable", false, false), ("rw,hidepid=4", true, true),
        ("rw,hidepid=invisible", true, true), ("rw,hidepid=something-new", false, false),
    ]) func knowsWhenProcessesAreHidden(options: String, canInspect: Bool, expected: Bool) {
        let visibility = ProcessVisibility(options: options)
        #expect(visibility.showsEverything(to: canInspect ? .inspectProcesses : [], in: [5, 9]) == expected)
    }

    @Test func showsHiddenProcessesToTheGroupOfRootByDefault() {
        #expect(ProcessVisibility(options: "rw,hidepid=invisible").showsEverything(to: [], in: [0]))
        #expect(!ProcessVisibility(options: "rw,gid=5,hidepid=invisible").showsEverything(to: [], in: [0]))
    }
}

struct BootClockTests {
    @Test func isATickEarly() {
        let clock = BootClock(
            realTime: Timestamp(seconds: 1_000_000, nanoseconds: 5), sinceBoot: Timestamp(seconds: 100),
            ticksPerSecond: 100)
        #expect(clock.moment(of: 1) == Timestamp(seconds: 999_900, nanoseconds: 5))
        #expect(clock.moment(of: 0) == Timestamp(seconds: 999_900, nanoseconds: 5))
        #expect(clock.moment(of: 10_000) == Timestamp(seconds: 999_999, nanoseconds: 990_000_005))
        // After the clocks were read.
        #expect(clock.moment(of: 20_000) == Timestamp(seconds: 1_000_099, nanoseconds: 990_000_005))
    }

    @Test func isNeverLaterThanTheMomentThatWasCountedInTicks() {
        var boot: Int64 = 1
        while boot < 1 << 60 {
            // What the kernel does: the moment cut down to whole ticks.
            for ticksPerSecond in [100, 250, 1024] as [Int64] {
                let (seconds, rest) = boot.quotientAndRemainder(dividingBy: 1_000_000_000)
                let tick = UInt64(seconds * ticksPerSecond + rest * ticksPerSecond / 1_000_000_000)
                let clock = BootClock(
                    realTime: Timestamp(seconds: seconds + 1_700_000_000, nanoseconds: UInt32(rest)),
                    sinceBoot: Timestamp(seconds: seconds, nanoseconds: UInt32(rest)),
                    ticksPerSecond: UInt64(ticksPerSecond))
                let early = Timestamp(seconds: seconds + 1_700_000_000, nanoseconds: UInt32(rest))
                    .since(clock.moment(of: tick))
                #expect(early >= .zero && early < .milliseconds(21), "\(boot) at \(ticksPerSecond)")
            }
            boot = boot * 3 + 7
        }
    }

    @Test func livesWithAnyNumber() {
        let clock = BootClock(
            realTime: Timestamp(seconds: .max), sinceBoot: Timestamp(seconds: .min), ticksPerSecond: 0)
        #expect(clock.moment(of: .max) >= Timestamp(seconds: 0))
    }
}
