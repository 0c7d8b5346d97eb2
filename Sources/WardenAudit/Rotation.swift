/// What stands beside a log, as far as its rotation goes, and what is to be done about it.
///
/// A rotation is done in steps, each of which leaves a log that a run can go on with and a reader can read, wherever the
/// process is killed: the next file is made beside the log and begins with a record that continues it (`prepare`);
/// the two swap names, in one step of the kernel (`exchange`); what was the log gets its own name (`archive`); then files
/// go that the new file's first record says are not to stay (`remove`). Pure: the files are elsewhere.
package struct Rotation: Hashable, Sendable {
    /// What bears the name that the next file has while it is made.
    package enum Next: Hashable, Sendable {
        case none
        /// A file whose first record is not whole, or continues what is no longer the log's end.
        case unfinished
        /// A file whose one record continues the log's last.
        case ready
        /// What was the log until the exchange, and its first record's number.
        case former(first: UInt64)
    }

    package enum Step: Hashable, Sendable {
        case discard
        case prepare
        case exchange
        case archive(first: UInt64)
        case remove(first: UInt64)
    }

    package var next: Next
    /// The first records of the older files.
    package var older: Set<UInt64>
    /// The first record of the oldest file that is to stay, as the log's own first record says.
    package var oldest: UInt64
    /// Whether a new file is to be begun; otherwise only what an earlier rotation left is brought to its end.
    package var isWanted: Bool

    package init(next: Next, older: Set<UInt64>, oldest: UInt64, isWanted: Bool) {
        self.next = next
        self.older = older
        self.oldest = oldest
        self.isWanted = isWanted
    }

    /// What is to be done now; `nil` where nothing is.
    package var step: Step? {
        switch next {
        case .former(let first): return .archive(first: first)
        case .ready: return isWanted ? .exchange : .discard
        case .unfinished: return .discard
        case .none: break
        }
        if let first = older.min(), first < oldest { return .remove(first: first) }
        return isWanted ? .prepare : nil
    }

    /// Returns what stands there once `step` is done, for a log whose first record is `first` and whose next is `following`.
    package func after(_ step: Step, logFirst first: UInt64, keep: Int, following: UInt64) -> Rotation {
        var after = self
        switch step {
        case .discard: after.next = .none
        case .prepare: after.next = .ready
        case .exchange:
            after.next = .former(first: first)
            after.oldest = oldestToStay(logFirst: first, keep: keep, following: following)
            after.isWanted = false
        case .archive(let first):
            after.next = .none
            after.older.insert(first)
        case .remove(let first): after.older.remove(first)
        }
        return after
    }

    /// Returns the first record of the oldest file that is to stay once a new file is begun.
    ///
    /// It moves only when there are more than `keep` older files: where somebody else removed one, the log goes on
    /// saying that it must be there.
    package func oldestToStay(logFirst first: UInt64, keep: Int, following: UInt64) -> UInt64 {
        let files = (older.filter { $0 >= oldest } + [first]).sorted()
        guard files.count > keep else { return oldest }
        return files.suffix(keep).first ?? following
    }
}
