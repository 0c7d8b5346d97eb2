internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// Writes lines to the syslog daemon, as `syslog(3)` does: one datagram a line (RFC 3164, section 4.1, without a host).
package struct SystemLog: Sendable {
    private let socket: FilePath

    /// - Parameter socket: `/dev/log`, unless another stands for it.
    package init(socket: FilePath) { self.socket = socket }

    /// Sends one line: `<27>Nov 23 03:50:59 cachewarden[4711]: line`, with this host's time.
    ///
    /// Does not wait, and there is no answer. Throws `.noSuchFileOrDirectory` or `.connectionRefused` where nobody
    /// listens.
    ///
    /// - Parameters:
    ///   - facility: `LOG_DAEMON` and its like, without the shift: 3.
    ///   - priority: `LOG_EMERG` (0) to `LOG_DEBUG` (7).
    package func send(
        _ line: String, facility: Int, priority: Int, at moment: Timestamp
    ) throws(Errno) {
        let text = "<\(facility * 8 + priority)>\(Self.stamp(moment)) cachewarden[\(getpid())]: \(line)"
        let bytes = Array(text.utf8)
        _ = try unsafe withCString(socket.kernelBytes) { path throws(Errno) in
            try retrying { unsafe clinux_send_journal(path, bytes, bytes.count) }
        }
    }

    private static func stamp(_ moment: Timestamp) -> String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var seconds = time_t(moment.seconds)
        var local = unsafe tm()
        unsafe localtime_r(&seconds, &local)
        func two(_ number: CInt, _ filler: String = "0") -> String { number < 10 ? filler + "\(number)" : "\(number)" }
        let (month, day) = unsafe (local.tm_mon, local.tm_mday)
        let (hour, minute, second) = unsafe (local.tm_hour, local.tm_min, local.tm_sec)
        return "\(months[min(max(Int(month), 0), 11)]) \(two(day, " ")) \(two(hour)):\(two(minute)):\(two(second))"
    }
}
