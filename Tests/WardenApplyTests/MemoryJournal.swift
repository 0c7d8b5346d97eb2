import Synchronization
import WardenApply
import WardenModel

/// A journal that keeps everything, and fails when a test wants it to.
final class MemoryJournal: ChangeJournal {
    struct Failure: Error, Equatable {}

    struct Conclusion: Sendable {
        let token: UInt64
        let applied: Int
        let exceptions: Int
    }

    private struct State {
        var intended: [ChangeBatch] = []
        var concluded: [Conclusion] = []
    }

    private let state = Mutex(State())
    private let intendFailure: Int?
    private let concludeFailure: Int?
    private let onIntend: @Sendable (ChangeBatch) -> Void

    /// Returns a journal that throws at the intent or the conclusion with this number, counted from 0.
    init(
        failingToIntend intend: Int? = nil, failingToConclude conclude: Int? = nil,
        onIntend: @escaping @Sendable (ChangeBatch) -> Void = { _ in }
    ) {
        intendFailure = intend
        concludeFailure = conclude
        self.onIntend = onIntend
    }

    var intended: [ChangeBatch] { state.withLock { $0.intended } }
    var concluded: [Conclusion] { state.withLock { $0.concluded } }

    func intend(_ batch: ChangeBatch) throws -> UInt64 {
        onIntend(batch)
        return try state.withLock { state in
            guard intendFailure.map({ state.intended.count < $0 }) ?? true else { throw Failure() }
            state.intended.append(batch)
            return UInt64(state.intended.count - 1)
        }
    }

    func conclude(
        _ token: UInt64, _ batch: ChangeBatch, applied: Int, exceptions: [ChangeOutcome.Exception]
    ) throws {
        try state.withLock { state in
            guard concludeFailure.map({ state.concluded.count < $0 }) ?? true else { throw Failure() }
            state.concluded.append(Conclusion(token: token, applied: applied, exceptions: exceptions.count))
        }
    }
}
