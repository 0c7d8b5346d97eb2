import SystemPackage
import WardenApply
import WardenLinux
import WardenModel

/// Answers for every file the same.
struct FixedProof: ContentProof {
    let answer: Bool

    func holds(
        for file: borrowing OwnedDescriptor, role: EntryRole, name: ArraySlice<UInt8>, in directory: RelativePath
    ) throws(Errno) -> Bool { answer }
}

extension PlanExecutor {
    /// An executor of caches whose files hold what their names say.
    init(
        top: FilePath, threads: Int, resolution: PinnedRoot.Resolution = .kernel,
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) {
        self.init(
            top: top, threads: threads, resolution: resolution, proof: { FixedProof(answer: true) },
            isInterrupted: isInterrupted)
    }
}
