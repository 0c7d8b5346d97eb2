internal import Synchronization
internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// One line on the terminal that says how far long work has come; nothing in a pipe.
final class ProgressLine: Sendable {
    private let ended = Atomic<Bool>(false)

    /// Does `work` on this thread while another shows how many entries it has seen.
    static func showing<Result: Sendable>(
        _ when: When, _ progress: WalkProgress, during work: () throws -> Result
    ) rethrows -> Result {
        let wanted = when == .always || (when == .auto && TerminalDevice.isTerminal(.standardError))
        guard wanted else { return try work() }
        let line = ProgressLine()
        let thread = BackgroundThread { line.show(progress) }
        defer {
            line.ended.store(true, ordering: .relaxed)
            thread.join()
        }
        return try work()
    }

    private func show(_ progress: WalkProgress) {
        var shown = false
        var ticks = 0
        var last = 0
        while !ended.load(ordering: .relaxed) {
            BackgroundThread.sleep(.milliseconds(100))
            ticks += 1
            // Short work is over before anybody could read a line.
            guard ticks >= 5, ticks.isMultiple(of: 2) else { continue }
            let seen = progress.entries.load(ordering: .relaxed)
            write("\r\u{1b}[K\(grouped(seen)) entries, \(grouped((seen - last) * 5))/s")
            last = seen
            shown = true
        }
        if shown { write("\r\u{1b}[K") }
    }

    private func write(_ text: String) {
        // A terminal that is gone needs no progress.
        _ = try? FileDescriptor.standardError.writeAll(Array(text.utf8))
    }

    private func grouped(_ number: Int) -> String {
        var digits = Array(String(number))
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: index)
            index -= 3
        }
        return String(digits)
    }
}
