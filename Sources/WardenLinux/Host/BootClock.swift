internal import Glibc
package import WardenModel

/// Tells when something happened that the kernel dates by clock ticks since the boot.
package struct BootClock: Sendable {
    /// When the host was started, in nanoseconds since the epoch.
    private let boot: Int128
    private let ticksPerSecond: Int128

    /// - Parameters:
    ///   - realTime: The wall clock's moment.
    ///   - sinceBoot: What had passed then since the boot, times of suspension included.
    package init(realTime: Timestamp, sinceBoot: Timestamp, ticksPerSecond: UInt64) {
        boot = realTime.allNanoseconds - sinceBoot.allNanoseconds
        self.ticksPerSecond = max(1, Int128(ticksPerSecond))
    }

    /// Reads both clocks. Corresponds to `clock_gettime(2)` with `CLOCK_REALTIME` and `CLOCK_BOOTTIME`.
    package static func now() -> BootClock {
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        let readings = (0..<4).map { _ in
            // In this order: what passes in between makes moments earlier, never later.
            let (realTime, bootTime) = (reading(CLOCK_REALTIME), reading(CLOCK_BOOTTIME))
            return BootClock(realTime: realTime, sinceBoot: bootTime, ticksPerSecond: ticks > 0 ? UInt64(ticks) : 100)
        }
        // So the latest of them is the nearest: least has passed there.
        return readings.dropFirst().reduce(readings[0]) { $0.boot < $1.boot ? $1 : $0 }
    }

    /// Returns the moment of a tick, one tick early: never later than what was dated by it, as the clock stands now.
    ///
    /// A wall clock that was set meanwhile gives another moment than it gave then.
    package func moment(of tick: UInt64) -> Timestamp {
        // Both divisions cut down, as the kernel did.
        let moment = max(0, boot + max(0, Int128(tick) - 1) * 1_000_000_000 / ticksPerSecond)
        let (seconds, nanoseconds) = moment.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Timestamp(seconds: Int64(clamping: seconds), nanoseconds: UInt32(nanoseconds))
    }

    private static func reading(_ clock: clockid_t) -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
    }
}

extension Timestamp {
    fileprivate var allNanoseconds: Int128 { Int128(seconds) * 1_000_000_000 + Int128(nanoseconds) }
}
