internal import Glibc
package import WardenModel

/// The wall clock, for whoever has no other injected.
package enum SystemClock {
    /// Corresponds to `clock_gettime(2)` with `CLOCK_REALTIME`.
    package static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: UInt32(time.tv_nsec))
    }

    /// Blocks the calling thread for so long, or until a signal asks the run to end. Corresponds to `usleep(3)`.
    package static func pause(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end, !Interruption.isPending { usleep(20_000) }
    }
}
