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
}
