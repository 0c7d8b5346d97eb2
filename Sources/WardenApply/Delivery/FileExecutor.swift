package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Who writes down which file is about to be changed, and what became of it.
///
/// An error of `intend` stops the run before the change it speaks of.
package protocol FileJournal {
    func intend(_ file: FilePlan, _ change: FileChange) throws -> UInt64
    func conclude(_ token: UInt64, _ outcome: FileOutcome) throws
}

/// Carries out changes of small files: each as a whole, written down before, and read back.
package struct FileExecutor {
    /// What became of a plan.
    package struct Execution {
        /// By the places of the files in the plan.
        package var outcomes: [Int: FileOutcome] = [:]
        /// Why it ended early: the journal could not be written.
        package var failure: (any Error)?
    }

    private let located: (FilePath) -> FilePath
    private let observe: (FilePath) -> FileState
    private let isInterrupted: () -> Bool

    /// - Parameters:
    ///   - located: Where an absolute path of the host is found.
    ///   - observe: Looks at a file where it is found.
    package init(
        located: @escaping (FilePath) -> FilePath, observe: @escaping (FilePath) -> FileState,
        isInterrupted: @escaping () -> Bool = { Interruption.isPending }
    ) {
        self.located = located
        self.observe = observe
        self.isInterrupted = isInterrupted
    }

    /// Carries out the plan's changes in their order, those of enforcing policies alone.
    package func execute(_ plan: DeliveryPlan, journal: any FileJournal) -> Execution {
        var execution = Execution()
        for (index, file) in plan.files.enumerated() where file.mode == .enforce {
            guard let change = file.change else { continue }
            guard execution.failure == nil, !isInterrupted() else {
                execution.outcomes[index] = .interrupted
                continue
            }
            do {
                let token = try journal.intend(file, change)
                let outcome = perform(change, at: located(file.path))
                execution.outcomes[index] = outcome
                try journal.conclude(token, outcome)
            } catch {
                execution.outcomes[index] = execution.outcomes[index] ?? .interrupted
                execution.failure = error
            }
        }
        return execution
    }

    private func perform(_ change: FileChange, at path: FilePath) -> FileOutcome {
        switch observe(path) {
        case .unusable(let why): return .failed(why)
        case let state: guard state.content == change.before else { return .changed }
        }
        do throws(FileError) {
            if let after = change.after {
                // Everybody must be able to read what is in them.
                try TrustedFile.write(
                    after, to: path, mode: change.mode, folders: ModeBits(0o755), trusting: .rootAndCaller)
            } else {
                try TrustedFile.remove(path, trusting: .rootAndCaller)
            }
        } catch {
            return .failed("\(error)")
        }
        return observe(path) == change.result ? .applied : .notVerified
    }
}

extension FileChange {
    /// What must stand there afterwards.
    fileprivate var result: FileState { after.map { .present(content: $0, mode: mode) } ?? .missing }
}
