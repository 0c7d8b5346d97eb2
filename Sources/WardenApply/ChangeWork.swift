internal import Synchronization
internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// One change of a plan on its way through all its subjects.
final class ChangeWork: Sendable {
    /// What a thread keeps for all its batches.
    private struct Tools {
        let buffer: AttributeBuffer
        /// `nil` where nobody gets to read what they could not before.
        let proof: (any ContentProof)?
    }

    private struct State {
        var next = 0
        var outcome: ChangeOutcome
        var failure: (any Error)?
    }

    private let cache: String
    private let index: Int
    private let change: Change
    private let root: PinnedRoot
    private let journal: any ChangeJournal
    private let makeProof: @Sendable () -> any ContentProof
    private let isInterrupted: @Sendable () -> Bool
    private let batches: [ChangeBatch]
    private let state: Mutex<State>

    init(
        cache: String, index: Int, change: Change, root: PinnedRoot, journal: any ChangeJournal,
        proof: @escaping @Sendable () -> any ContentProof, isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.cache = cache
        self.index = index
        self.change = change
        self.root = root
        self.journal = journal
        makeProof = proof
        self.isInterrupted = isInterrupted
        batches = change.subjects.chunks.flatMap { chunk in
            stride(from: 0, to: chunk.count, by: PlanExecutor.batchSize).map { start in
                ChangeBatch(
                    cache: cache, index: index, change: change, chunk: chunk,
                    range: start..<min(start + PlanExecutor.batchSize, chunk.count))
            }
        }
        state = Mutex(State(outcome: ChangeOutcome(change: index)))
    }

    /// Why the journal could not be written, if it could not.
    var failure: (any Error)? { state.withLock { $0.failure } }

    /// Repairs every subject and returns what became of them.
    func run(threads: Int, progress: WalkProgress, stopped: Bool) -> ChangeOutcome {
        let repair: PreparedRepair
        do throws(Errno) {
            repair = try PreparedRepair(change)
        } catch {
            return skipAll(.failed(operation: "prepare the ACL for", error))
        }
        guard !stopped else { return skipAll(.skipped(.interrupted)) }
        WorkerThreads.run(min(threads, batches.count)) { [self] _ in
            let tools = Tools(buffer: AttributeBuffer(), proof: change.disclosesContent ? makeProof() : nil)
            while let batch = nextBatch() { run(batch, repair, tools, progress) }
        }
        return state.withLock { state in
            state.outcome.exceptions.sort { $0.path < $1.path }
            return state.outcome
        }
    }

    private func nextBatch() -> ChangeBatch? {
        state.withLock { state in
            guard state.next < batches.count else { return nil }
            defer { state.next += 1 }
            return batches[state.next]
        }
    }

    private func run(
        _ batch: ChangeBatch, _ repair: PreparedRepair, _ tools: Tools, _ progress: WalkProgress
    ) {
        guard !isInterrupted(), failure == nil else {
            finish(batch, Array(repeating: .skipped(.interrupted), count: batch.range.count))
            return
        }
        let token: UInt64
        do {
            token = try journal.intend(batch)
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
            finish(batch, Array(repeating: .skipped(.interrupted), count: batch.range.count))
            return
        }
        let outcomes = outcomes(batch, repair, tools)
        let exceptions = finish(batch, outcomes)
        progress.entries.wrappingAdd(batch.range.count, ordering: .relaxed)
        do {
            try journal.conclude(token, batch, applied: outcomes.count - exceptions.count, exceptions: exceptions)
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }

    private func outcomes(_ batch: ChangeBatch, _ repair: PreparedRepair, _ tools: Tools) -> [Outcome] {
        do throws(Errno) {
            let directory = try root.open(batch.chunk.directory, .directoryPath)
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(batch.range.count)
            for subject in batch.range {
                guard !isInterrupted() else {
                    outcomes.append(.skipped(.interrupted))
                    continue
                }
                let name = batch.chunk.name(subject)
                outcomes.append(
                    repair.perform(
                        on: name, inode: batch.chunk.inodes[subject], in: directory, of: root, with: tools.buffer,
                        proof: proof(of: name, in: batch.chunk.directory, tools)))
            }
            return outcomes
        } catch .noSuchFileOrDirectory {
            return Array(repeating: .skipped(.vanished), count: batch.range.count)
        } catch .tooManySymbolicLinkLevels, .notDirectory, .improperLink {
            // The directory became a link or something else since the plan was made.
            return Array(repeating: .skipped(.refused), count: batch.range.count)
        } catch {
            return Array(repeating: .failed(operation: "open the directory of", error), count: batch.range.count)
        }
    }

    private func proof(
        of name: ArraySlice<UInt8>, in directory: RelativePath, _ tools: Tools
    ) -> PreparedRepair.Proof? {
        guard let proof = tools.proof else { return nil }
        let role = change.role ?? .stranger
        return { (file: borrowing OwnedDescriptor) throws(Errno) in
            try proof.holds(for: file, role: role, name: name, in: directory)
        }
    }

    /// Adds a batch's outcomes to the change's and returns those that are not `.applied`.
    @discardableResult
    private func finish(_ batch: ChangeBatch, _ outcomes: [Outcome]) -> [ChangeOutcome.Exception] {
        let exceptions = zip(batch.range, outcomes).filter { $0.1 != .applied }
            .map { ChangeOutcome.Exception(path: batch.chunk.path($0.0), outcome: $0.1) }
        state.withLock { state in
            state.outcome.applied += outcomes.count - exceptions.count
            state.outcome.exceptions += exceptions
        }
        return exceptions
    }

    private func skipAll(_ outcome: Outcome) -> ChangeOutcome {
        let exceptions = change.subjects.paths().map { ChangeOutcome.Exception(path: $0, outcome: outcome) }
        return ChangeOutcome(change: index, exceptions: exceptions)
    }
}
