import Dispatch
import Foundation
import Synchronization
import SystemPackage
import WardenModel
import WardenTestSupport

/// Two users who build without pause, and somebody who evicts without pause, for a while.
final class StressRun: Sendable {
    /// When it is over.
    enum End {
        /// After this long, or on a slow host up to six times that, until there is enough to tell by.
        case whenTelling(Duration)
        /// Enough for a control: with the first build that fails, or else after this long.
        case atFirstFailure(Duration)

        func isReached(_ record: Record, after elapsed: Duration) -> Bool {
            switch self {
            case .whenTelling(let least): elapsed >= least && (record.isTelling || elapsed >= least * 6)
            case .atFirstFailure(let most): elapsed >= most
            }
        }
    }

    /// A build that failed, with all it said.
    struct Failure: Sendable, CustomStringConvertible {
        let command: String
        let result: CommandResult

        var description: String { "\(command): \(result)" }

        /// Whether the cache lost what the build was about to use.
        var isLoss: Bool {
            ["no such file or directory", "could not import", "is not in std", "cannot find package"]
                .contains { result.errors.contains($0) }
        }
    }

    /// What was seen.
    struct Record: Sendable {
        var builds = 0
        var failures: [Failure] = []
        /// Whatever else went wrong.
        var troubles: [String] = []
        /// How many names went in each turn of the evictor.
        var turns: [Int] = []
        /// Turns that removed something after builds had ended since the one before.
        var waves = 0
        fileprivate var buildsAtLastWave = 0
        var evicted: Set<String> = []
        /// Actions that were evicted and stood in the cache again later: builds came back to them.
        var returned: Set<String> = []

        /// Whether builds and eviction met often enough for an absence of failures to say something.
        var isTelling: Bool { builds > 2 && waves > 2 && !returned.isEmpty }

        fileprivate mutating func note(_ turn: StressEvictor.Turn) {
            returned.formUnion(evicted.intersection(turn.before))
            evicted.formUnion(turn.evicted)
            turns.append(turn.removed)
            if let trouble = turn.trouble { troubles.append(trouble) }
            guard turn.removed > 0, builds > buildsAtLastWave else { return }
            waves += 1
            buildsAtLastWave = builds
        }
    }

    private struct State {
        var record = Record()
        var isOver = false
    }

    private let builders: [StressBuilder]
    private let evictor: StressEvictor?
    private let ageing: Command?
    private let end: End
    private let state = Mutex(State())
    /// Builds pass it side by side, ageing alone.
    private let gate = DispatchQueue(label: "builds", attributes: .concurrent)
    private let over = DispatchSemaphore(value: 0)
    private let start = ContinuousClock.now

    /// - Parameter ageing: Makes all entries old, every few seconds, while no build runs.
    init(_ builders: [StressBuilder], _ evictor: StressEvictor?, ageing: Command?, until end: End) {
        self.builders = builders
        self.evictor = evictor
        self.ageing = ageing
        self.end = end
    }

    /// Runs to the end, and returns what was seen. Everything that was started has ended then.
    func run() -> Record {
        let group = DispatchGroup()
        // Threads of their own: each of them blocks for as long as a build takes.
        for builder in builders { detach(group) { [self] in try build(builder) } }
        detach(group) { [self] in try evict() }
        while over.wait(timeout: .now() + .seconds(1)) == .timedOut {
            if end.isReached(state.withLock { $0.record }, after: .now - start) { break }
        }
        state.withLock { $0.isOver = true }
        group.wait()
        return state.withLock { $0.record }
    }

    private func detach(_ group: DispatchGroup, _ body: @escaping @Sendable () throws -> Void) {
        group.enter()
        Thread.detachNewThread { [self] in
            do {
                try body()
            } catch {
                state.withLock { $0.record.troubles.append("\(error)") }
                over.signal()
            }
            group.leave()
        }
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    // MARK: - Builds

    /// Lets each user build their share of the working set once, side by side, while nobody evicts.
    static func once(_ builders: [StressBuilder]) -> Record {
        let run = StressRun(builders, nil, ageing: nil, until: .whenTelling(.zero))
        let group = DispatchGroup()
        for builder in builders {
            run.detach(group) {
                for round in builder.workingSet { try run.build(round, builder) }
            }
        }
        group.wait()
        return run.state.withLock { $0.record }
    }

    private func build(_ builder: StressBuilder) throws {
        var generator = SeededGenerator(seed: UInt64(builder.user.utf8.last ?? 0))
        var index = 0
        while !isOver {
            index += 1
            try build(builder.round(index, &generator), builder)
        }
    }

    private func build(_ round: StressBuilder.Round, _ builder: StressBuilder) throws {
        try builder.edit(round)
        for step in round.steps where !isOver {
            guard let command = builder.command(step, of: round) else { continue }
            let result = try gate.sync { try command.run() }
            note(command, result)
        }
    }

    private func note(_ command: Command, _ result: CommandResult) {
        let isEnough = state.withLock { state in
            state.record.builds += 1
            guard result.status != 0 else { return false }
            state.record.failures.append(Failure(command: "\(command)", result: result))
            if case .atFirstFailure = end { return true }
            return false
        }
        if isEnough { over.signal() }
    }

    // MARK: - Eviction

    private func evict() throws {
        guard let evictor else { return }
        var aged = start - .seconds(60)
        while !isOver {
            if let ageing, aged + .seconds(4) < .now {
                let result = try gate.sync(flags: .barrier) { try ageing.run() }
                if result.status != 0 { state.withLock { $0.record.troubles.append("\(ageing): \(result)") } }
                aged = .now
            }
            let turn = try evictor.takeTurn()
            state.withLock { $0.record.note(turn) }
            let enough = state.withLock { $0.record.builds } + evictor.pause
            while !isOver, state.withLock({ $0.record.builds }) < enough { Thread.sleep(forTimeInterval: 0.05) }
        }
    }
}
