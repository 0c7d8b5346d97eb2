internal import CLinux
package import SystemPackage

/// Something to wait for: readable once somebody, or a signal, has called. Corresponds to `eventfd(2)`.
package final class Wake: Sendable {
    package let descriptor: OwnedDescriptor

    package init() throws(Errno) {
        descriptor = OwnedDescriptor(adopting: FileDescriptor(rawValue: try retrying { clinux_wake() }))
    }

    /// Ends the wait, or the next.
    package func call() { clinux_wake_up(descriptor.number) }

    /// Makes the next wait last.
    package func taken() { clinux_wake_taken(descriptor.number) }

    /// From now on the signals of `Interruption` call, and SIGHUP does no more than that and what `takeReload()` says.
    ///
    /// `Interruption.watch()` comes first. Lives as long as the process: signals may come at any time.
    package func callOnSignals() throws(Errno) {
        let code = clinux_watch_reloads(descriptor.number)
        guard code >= 0 else { throw Errno(rawValue: -code) }
    }

    /// Whether SIGHUP has come since the last call.
    package static func takeReload() -> Bool { clinux_take_reload() != 0 }

    /// Waits until one of the descriptors has something to read, and says which.
    ///
    /// A signal ends the wait early, with none. Corresponds to `poll(2)`.
    package static func wait(for descriptors: [CInt], atMost limit: Duration) throws(Errno) -> [Bool] {
        let (seconds, attoseconds) = max(limit, .zero).components
        // Rounded up: a wait that ends before its time would be followed by many.
        let milliseconds = min(
            seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000, 86_400_000)
        var ready = [UInt8](repeating: 0, count: descriptors.count)
        let code = unsafe ready.withUnsafeMutableBufferPointer { ready in
            unsafe descriptors.withUnsafeBufferPointer {
                unsafe clinux_wait($0.baseAddress, $0.count, CInt(milliseconds), ready.baseAddress)
            }
        }
        guard code >= 0 else { throw Errno(rawValue: -code) }
        return ready.map { $0 != 0 }
    }
}
