package import Synchronization

/// How far long work has come; written by its threads, read by whoever shows it.
package final class WalkProgress: Sendable {
    package let entries = Atomic<Int>(0)
    package let bytes = Atomic<UInt64>(0)
    /// How many entries there will be, for an estimate; 0 where nobody knows.
    package let expected = Atomic<Int>(0)

    package init() {}
}
