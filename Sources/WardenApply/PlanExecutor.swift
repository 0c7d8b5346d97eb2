internal import Synchronization
package import SystemPackage
package import WardenLinux
package import WardenModel

/// Carries out the changes of a plan: every name pinned, checked, changed through its descriptor and read back.
package struct PlanExecutor: Sendable {
    /// What became of a plan.
    package struct Execution: Sendable {
        package var outcomes: [ChangeOutcome]
        /// Why it ended early: the journal could not be written. What came after is `.skipped(.interrupted)`.
        package var failure: (any Error)?
    }

    /// So many names are written down, changed and concluded together.
    static let batchSize = 512

    /// What stands for `/`.
    private let top: FilePath
    private let threads: Int
    private let progress: WalkProgress
    private let resolution: PinnedRoot.Resolution
    private let proof: @Sendable () -> any ContentProof
    private let isInterrupted: @Sendable () -> Bool

    /// Returns an executor.
    ///
    /// - Parameters:
    ///   - top: What stands for `/`.
    ///   - resolution: Who walks the paths below a cache root.
    ///   - proof: Makes each thread's judge of files that others would get to read.
    ///   - isInterrupted: Whether the run is to end; asked between two names, from any thread.
    package init(
        top: FilePath, threads: Int, progress: WalkProgress = WalkProgress(),
        resolution: PinnedRoot.Resolution = .kernel, proof: @escaping @Sendable () -> any ContentProof,
        isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }
    ) {
        self.top = top
        self.threads = threads
        self.progress = progress
        self.resolution = resolution
        self.proof = proof
        self.isInterrupted = isInterrupted
    }

    /// Carries out the changes in their order; names of one change on all threads at once.
    ///
    /// An interruption ends it after the name in hand. Throws `ApplyError` where the cache root
    /// cannot be pinned; then nothing was changed.
    package func execute(_ plan: CachePlan, journal: any ChangeJournal) throws -> Execution {
        guard !plan.changes.isEmpty else { return Execution(outcomes: []) }
        guard plan.root != nil else { return try make(plan, journal) }
        let root = try pinRoot(of: plan, below: top, resolution: resolution)
        var execution = Execution(outcomes: [])
        for (index, change) in plan.changes.enumerated() {
            let work = ChangeWork(
                cache: plan.name, index: index, change: change, root: root, journal: journal,
                proof: proof, isInterrupted: isInterrupted)
            execution.outcomes.append(work.run(threads: threads, progress: progress, stopped: execution.failure != nil))
            execution.failure = execution.failure ?? work.failure
        }
        return execution
    }

    /// Makes the cache root, then brings it into its wanted state.
    private func make(_ plan: CachePlan, _ journal: any ChangeJournal) throws -> Execution {
        guard let change = plan.changes.first, let chunk = change.subjects.chunks.first else {
            return Execution(outcomes: [])
        }
        guard !isInterrupted() else {
            let exception = ChangeOutcome.Exception(path: .root, outcome: .skipped(.interrupted))
            return Execution(outcomes: [ChangeOutcome(change: 0, exceptions: [exception])])
        }
        let batch = ChangeBatch(cache: plan.name, index: 0, change: change, chunk: chunk, range: 0..<1)
        let token = try journal.intend(batch)
        let outcome = makeRoot(plan, change)
        let exceptions = outcome == .applied ? [] : [ChangeOutcome.Exception(path: .root, outcome: outcome)]
        var execution = Execution(outcomes: [
            ChangeOutcome(change: 0, applied: outcome == .applied ? 1 : 0, exceptions: exceptions)
        ])
        do {
            try journal.conclude(token, batch, applied: execution.outcomes[0].applied, exceptions: exceptions)
        } catch {
            execution.failure = error
        }
        return execution
    }

    private func makeRoot(_ plan: CachePlan, _ change: Change) -> Outcome {
        do throws(Errno) {
            let descent = try PathDescent(to: plan.path, from: top)
            let root = try descent.makeTarget()
            let repair = try PreparedRepair(change)
            return repair.perform(on: [], inode: 0, in: root.descriptor, of: root, with: AttributeBuffer())
        } catch .fileExists {
            return .skipped(.changed)
        } catch {
            return .failed(operation: ChangeStep.createDirectory.operation, error)
        }
    }
}
