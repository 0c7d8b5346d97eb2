import Foundation
import SystemPackage
import Testing
import WardenTestSupport

/// `cachewarden watch` on a host, from its start to its end.
struct Watching: ~Copyable {
    private let running: RunningCommand

    /// Starts it, and returns when its first run has ended.
    static func start(_ command: Command, sourceLocation: SourceLocation = #_sourceLocation) throws -> Watching {
        let watching = Watching(running: try command.start())
        try watching.wait("the first run", sourceLocation: sourceLocation) { !$0.isEmpty }
        return watching
    }

    private init(running: consuming RunningCommand) { self.running = running }

    var id: pid_t { running.id }
    func signal(_ number: CInt) { running.signal(number) }

    /// A line for each run that has ended.
    func runs() throws -> [String] {
        try running.said().output.split(separator: "\n").map(String.init).filter { $0.contains("Z  ") }
    }

    func output() throws -> String { try running.said().output }
    func errors() throws -> String { try running.said().errors }

    /// Waits until the runs are as a test wants them.
    func wait(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: ([String]) throws -> Bool
    ) throws {
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end, running.isRunning {
            if try condition(try runs()) { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let said = try running.said()
        try #require(
            Bool(false), "waited for \(what)\n\(said.output)\n--- stderr\n\(said.errors)",
            sourceLocation: sourceLocation)
    }

    /// Waits until no run has ended for three seconds, and returns all of them.
    func settled() throws -> [String] {
        var last = try runs()
        var since = ContinuousClock.now
        let end = since + .seconds(30)
        while ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.1)
            let now = try runs()
            if now.count != last.count { (last, since) = (now, .now) }
            if ContinuousClock.now - since > .seconds(3) { return now }
        }
        Issue.record("it does not settle:\n\(last.joined(separator: "\n"))")
        return last
    }

    /// How long its threads have run so far, in clock ticks of 10 ms.
    func ticks() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
        let fields = status.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
        try #require(fields.count > 12)
        return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }

    /// Asks for the end as systemd does.
    consuming func stop() throws -> CommandResult {
        running.signal(SIGTERM)
        return try running.finish()
    }
}
