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
        var last = ProgressMoment(progress)
        var phaseBegan = last
        while !ended.load(ordering: .relaxed) {
            BackgroundThread.sleep(.milliseconds(100))
            ticks += 1
            // Short work is over before anybody could read a line.
            guard ticks >= 5, ticks.isMultiple(of: 2) else { continue }
            let moment = ProgressMoment(progress, ticks: ticks)
            // A new phase has a goal of its own, and its own rate.
            if moment.expected != last.expected { phaseBegan = moment }
            write("\r\u{1b}[K" + moment.text(since: last, phase: phaseBegan))
            last = moment
            shown = true
        }
        if shown { write("\r\u{1b}[K") }
    }

    private func write(_ text: String) {
        // A terminal that is gone needs no progress.
        _ = try? FileDescriptor.standardError.writeAll(Array(text.utf8))
    }
}

/// How far work has come at one moment.
struct ProgressMoment {
    let entries: Int
    let bytes: UInt64
    /// 0 where nobody knows.
    let expected: Int
    /// Tenths of a second since the beginning.
    let ticks: Int

    init(_ progress: WalkProgress, ticks: Int = 0) {
        entries = progress.entries.load(ordering: .relaxed)
        bytes = progress.bytes.load(ordering: .relaxed)
        expected = progress.expected.load(ordering: .relaxed)
        self.ticks = ticks
    }

    init(entries: Int, bytes: UInt64 = 0, expected: Int = 0, ticks: Int) {
        self.entries = entries
        self.bytes = bytes
        self.expected = expected
        self.ticks = ticks
    }

    /// Returns the line: entries and rate, and where the end is known the share that is done and the time that is left.
    func text(since last: ProgressMoment, phase: ProgressMoment) -> String {
        let rate = (entries - last.entries) * 10 / max(1, ticks - last.ticks)
        let size = bytes > 0 ? ", \(ByteCount(bytes))" : ""
        let done = entries - phase.entries
        guard expected > 0 else { return "\(grouped(entries)) entries\(size), \(grouped(rate))/s" }
        let text = "removed \(grouped(done)) of \(grouped(expected)) entries\(size), \(grouped(rate))/s"
        let elapsed = ticks - phase.ticks
        guard done > 0, elapsed >= 10 else { return text }
        let left = (expected - done) / done >= 1_000_000 ? 0 : max(0, expected - done) * elapsed / done / 10
        return text + ", about \(Self.spoken(left)) left"
    }

    private static func spoken(_ seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3_600) h \(seconds / 60 % 60) min"
        }
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
