package import Synchronization

/// How far long work has come; written by its threads, read by whoever shows it.
package final class WalkProgress: Sendable {
    package let entries = Atomic<Int>(0)
    package let bytes = Atomic<UInt64>(0)

    package init() {}
}
