package import WardenModel

/// Who writes down what is about to be changed, and what became of it.
///
/// Called from several threads at once. An error of `intend` stops the run before the change it speaks of: nothing is
/// changed that was not written down.
package protocol ChangeJournal: Sendable {
    /// Records that some names of one directory are about to be changed in the same way, and returns a token.
    func intend(_ batch: ChangeBatch) throws -> UInt64

    /// Records what became of them; `exceptions` are those that were not applied.
    func conclude(_ token: UInt64, _ batch: ChangeBatch, applied: Int, exceptions: [ChangeOutcome.Exception]) throws
}

/// Names of one directory that one change is for.
package struct ChangeBatch: Sendable {
    /// The cache's name in its policy.
    package let cache: String
    /// The change's place in the cache's plan.
    package let index: Int
    package let change: Change
    package let chunk: SubjectList.Chunk
    /// The part of the chunk that this batch is.
    package let range: Range<Int>

    package init(cache: String, index: Int, change: Change, chunk: SubjectList.Chunk, range: Range<Int>) {
        self.cache = cache
        self.index = index
        self.change = change
        self.chunk = chunk
        self.range = range
    }
}
