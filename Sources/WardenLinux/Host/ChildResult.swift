/// How a program ended, and what it said.
package struct ChildResult: Hashable, Sendable {
    package enum End: Hashable, Sendable {
        case exited(status: CInt)
        case killed(signal: CInt)
    }

    /// Why a program was ended before it ended by itself.
    package enum Stop: Hashable, Sendable {
        case timeLimit
        /// A signal asked the run to end.
        case interruption
    }

    package let end: End
    /// `nil` where the program ended by itself.
    package let stop: Stop?
    /// The first bytes of its standard output and error, in the order in which they were written.
    package let output: [UInt8]
    /// Whether it said more than was kept.
    package let isOutputCut: Bool
    /// Processes of its that not even SIGKILL ended in time, because they hang in the kernel; nearly always 0.
    package let survivors: Int

    package var timedOut: Bool { stop == .timeLimit }
}
