internal import CLinux
internal import Glibc
internal import SystemPackage

/// Tells systemd how a service is doing. Corresponds to `sd_notify(3)`, whose protocol is part of systemd's interface.
package struct ServiceNotifier: Sendable {
    /// A path, or `@` and an abstract name; `nil` where nobody listens.
    private let socket: String?
    /// How often systemd wants to hear something; `nil` where it does not watch (`sd_watchdog_enabled(3)`).
    package let watchdog: Duration?

    /// - Parameter environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are looked at.
    package init(environment: [String: String]) {
        let socket = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        self.socket = socket
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdog = socket != nil && isOurs && microseconds > 0 ? .microseconds(microseconds) : nil
    }

    package func ready() { tell("READY=1") }
    package func alive() { tell("WATCHDOG=1") }
    package func stopping() { tell("STOPPING=1") }

    /// - Parameter text: One line, for `systemctl status`.
    package func status(_ text: String) { tell("STATUS=\(text.replacing("\n", with: " "))") }

    /// Nobody who listens is no error: the service does its work either way.
    private func tell(_ state: String) {
        guard let socket else { return }
        let bytes = Array((state + "\n").utf8)
        // A NUL cannot be in an environment variable.
        _ = try? unsafe withCString(Array(socket.utf8)) { path throws(Errno) in
            unsafe bytes.withUnsafeBytes { unsafe clinux_tell_service(path, $0.baseAddress, $0.count) }
        }
    }
}
