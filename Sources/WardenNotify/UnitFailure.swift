/// A unit of the agent's own that failed, as systemd tells the unit that `OnFailure=` starts (`systemd.exec(5)`,
/// `$MONITOR_SERVICE_RESULT`).
package struct UnitFailure: Hashable, Sendable {
    package let unit: String
    /// `exit-code`, `timeout`, `oom-kill`, …; `nil` where systemd did not say.
    package let result: String?
    /// The exit code, or the name of a signal.
    package let status: String?

    package init(unit: String, result: String?, status: String?) {
        self.unit = unit
        self.result = result
        self.status = status
    }

    /// Returns what happened, for people: `cachewarden-apply.service failed (exit-code, 1)`.
    var sentence: String {
        let details = [result, status].compactMap { $0 }.filter { !$0.isEmpty }.map { shown($0, 40) }
        return "\(shown(unit, 80)) failed" + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
    }

    /// What to do about it, one thing a line.
    var remedies: [String] {
        let name = shown(unit, 80)
        return ["systemctl status \(name)", "journalctl --unit \(name) --since yesterday"]
    }
}
