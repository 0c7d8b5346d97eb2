internal import CLinux
internal import Synchronization
package import SystemPackage
package import WardenModel

/// Looks at everything below a cache root, on several threads, and follows nothing.
///
/// Reads only: names, `statx(2)`, and the ACL attributes. Every directory is opened from the pinned root, or from a
/// pinned directory, so no rename can lead the walk out of the tree. What vanishes meanwhile is counted.
package enum TreeWalk {
    /// Returns the census of everything below `root`, the root itself not included.
    ///
    /// Throws the `Errno` of reading the root, or `.canceled` after an interruption.
    package static func census(below root: PinnedRoot, asking question: TreeQuestion) throws(Errno) -> Census {
        // The root must be readable: an error here is the caller's, deeper ones are part of the answer.
        _ = try root.open(.root, .directory)
        let queue = WorkQueue([
            DirectoryTask(
                path: [], context: DirectoryContext(role: nil, nameStart: (0, 0), depth: 0), part: TreeParts.none,
                holdsParts: question.parts.beginInside([]))
        ])
        let hardLinks = LinkedInodes()
        let results = Mutex<[TreeWorker.Result]>([])
        let lists = InventoryLists()
        WorkerThreads.run(question.threads) { _ in
            var worker = TreeWorker(root: root, question: question, queue: queue, hardLinks: hardLinks, lists: lists)
            worker.run()
            let result = worker.result()
            results.withLock { $0.append(result) }
        }
        guard !question.isInterrupted() else { throw .canceled }
        let found = results.withLock { $0 }
        var census = TreeWorker.Result.merged(found)
        census.accessLists = question.accessLists
        if question.inventory.isTakenFromTree {
            let whole = lists.inventory(
                threads: question.threads, now: question.now,
                unreadActions: found.reduce(0) { $0 + $1.unreadActions })
            census.ages = whole.ages
            census.inventory = whole.inventory
        }
        return census
    }
}

/// A directory that waits for a thread.
struct DirectoryTask: Sendable {
    let path: [UInt8]
    let context: DirectoryContext
    /// What everything in it belongs to that begins no part of its own.
    let part: UInt8
    /// Whether parts begin somewhere below.
    let holdsParts: Bool
}

/// Inodes with more than one name, so that each is counted once in the size; bounded.
final class LinkedInodes: Sendable {
    private let seen = Mutex<Set<UInt64>>([])

    /// Whether the inode is met for the first time.
    func insert(_ inode: UInt64) -> Bool {
        seen.withLock { seen in
            guard seen.count < 1_000_000 else { return true }
            return seen.insert(inode).inserted
        }
    }
}
