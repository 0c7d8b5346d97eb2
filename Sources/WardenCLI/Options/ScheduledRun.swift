internal import FoundationEssentials
internal import SystemPackage
internal import WardenLinux

/// A run that nobody waits for.
enum ScheduledRun {
    /// Whether systemd started this process (`systemd.exec(5)`, `INVOCATION_ID`) and nobody watches it.
    static var isThis: Bool {
        ProcessInfo.processInfo.environment["INVOCATION_ID"] != nil && !TerminalDevice.isTerminal(.standardError)
    }
}
