internal import SystemPackage
internal import WardenApply
internal import WardenAudit
internal import WardenModel

/// Writes what the executor is about to do, and what came of it, to the audit log.
struct AuditJournal: ChangeJournal {
    let log: AuditLog
    /// The cache root.
    let path: FilePath

    func intend(_ batch: ChangeBatch) throws -> UInt64 {
        // On the disk before the change: a power cut must not leave a change that nothing tells of.
        try log.commit(
            .changesIntended(
                ChangesIntended(
                    cache: batch.cache, path: path, change: batch.index, rules: batch.change.rules,
                    role: batch.change.role, before: batch.change.before, steps: batch.change.steps,
                    after: batch.change.after, directory: batch.chunk.directory,
                    names: batch.range.map { RelativePath(bytes: Array(batch.chunk.name($0))) })))
    }

    func conclude(
        _ token: UInt64, _ batch: ChangeBatch, applied: Int, exceptions: [ChangeOutcome.Exception]
    ) throws {
        let exceptions = exceptions.map {
            ChangesConcluded.Exception(name: RelativePath(bytes: $0.path.split.name), outcome: $0.outcome)
        }
        try log.append(
            .changesConcluded(ChangesConcluded(intended: token, applied: applied, exceptions: exceptions)))
    }
}
