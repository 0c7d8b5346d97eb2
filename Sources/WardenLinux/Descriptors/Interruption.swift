internal import CLinux
package import SystemPackage

/// The signals that ask a run to end: remembered, and looked at between two entries.
package enum Interruption {
    /// Remembers SIGINT, SIGTERM and SIGHUP from now on instead of dying from them, and ignores SIGPIPE.
    ///
    /// Corresponds to `sigaction(2)` with `SA_RESTART`.
    package static func watch() throws(Errno) {
        let code = clinux_watch_interruptions()
        guard code >= 0 else { throw Errno(rawValue: -code) }
    }

    /// Whether one has come.
    package static var isPending: Bool { clinux_interruption() != 0 }
}
