internal import Synchronization
package import WardenModel

/// A wall clock that a test moves; it never moves by itself.
package final class FakeClock: Sendable {
    private let moment: Mutex<Timestamp>

    /// Starts on 2026-11-23T04:00:00Z unless the test needs another moment.
    package init(_ start: Timestamp = Timestamp(seconds: 1_795_406_400)) { moment = Mutex(start) }

    package func now() -> Timestamp { moment.withLock { $0 } }

    package func advance(seconds: Int64, nanoseconds: UInt32 = 0) {
        moment.withLock { moment in
            let total = moment.nanoseconds + nanoseconds
            moment = Timestamp(
                seconds: moment.seconds + seconds + Int64(total / 1_000_000_000), nanoseconds: total % 1_000_000_000)
        }
    }
}
