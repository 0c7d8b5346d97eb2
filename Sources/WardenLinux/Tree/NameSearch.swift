internal import CLinux
internal import Synchronization
internal import SystemPackage
internal import WardenModel

/// Inodes somebody wants the names of, each with a number of the caller's own.
package struct WantedInodes: Sendable {
    private var inodes: [UInt64] = []
    private var tags: [UInt32] = []

    /// - Parameter wanted: In any order; an inode has one number.
    package init(_ wanted: [(inode: UInt64, tag: UInt32)]) {
        let sorted = wanted.sorted { $0.inode < $1.inode }
        inodes = sorted.map(\.inode)
        tags = sorted.map(\.tag)
    }

    package var isEmpty: Bool { inodes.isEmpty }

    func tag(of inode: UInt64) -> UInt32? {
        var low = 0
        var high = inodes.count
        while low < high {
            let middle = (low + high) / 2
            if inodes[middle] < inode { low = middle + 1 } else { high = middle }
        }
        return low < inodes.count && inodes[low] == inode ? tags[low] : nil
    }
}

/// Names that were found, in columns.
package struct FoundNames: Sendable {
    package private(set) var tags: [UInt32] = []
    package private(set) var inodes: [UInt64] = []
    private var names: [UInt8] = []
    private var ends: [UInt32] = []

    package init() {}

    package var count: Int { tags.count }

    /// The path below the root of the name at this place.
    package func path(_ index: Int) -> ArraySlice<UInt8> {
        names[(index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])]
    }

    fileprivate mutating func add(_ tag: UInt32, _ inode: UInt64, _ directory: [UInt8], _ name: borrowing Span<UInt8>) {
        tags.append(tag)
        inodes.append(inode)
        if !directory.isEmpty {
            names += directory
            names.append(UInt8(ascii: "/"))
        }
        for index in name.indices { names.append(name[index]) }
        ends.append(UInt32(names.count))
    }

    fileprivate mutating func add(_ other: FoundNames) {
        let offset = UInt32(names.count)
        tags += other.tags
        inodes += other.inodes
        names += other.names
        ends += other.ends.map { $0 + offset }
    }
}

/// Finds the names of inodes again, by listing alone: no entry is looked at, let alone opened.
package enum NameSearch {
    /// Returns the names below `root` whose listed inode is wanted, in no order.
    ///
    /// Directories that are wanted themselves are not entered. What cannot be listed any more has no names.
    package static func names(of wanted: WantedInodes, below root: PinnedRoot, threads: Int) -> FoundNames {
        let queue = WorkQueue([SearchTask(path: [], depth: 0)])
        let results = Mutex(FoundNames())
        WorkerThreads.run(threads) { _ in
            var worker = SearchWorker(root: root, wanted: wanted, queue: queue)
            worker.run()
            let found = worker.found
            results.withLock { $0.add(found) }
        }
        return results.withLock { $0 }
    }
}

private struct SearchTask: Sendable {
    let path: [UInt8]
    let depth: Int
}

/// One thread's part of a search.
private struct SearchWorker: ~Copyable {
    let root: PinnedRoot
    let wanted: WantedInodes
    let queue: WorkQueue<SearchTask>
    private(set) var found = FoundNames()
    private let buffer = NameBuffer()

    init(root: PinnedRoot, wanted: WantedInodes, queue: WorkQueue<SearchTask>) {
        self.root = root
        self.wanted = wanted
        self.queue = queue
    }

    mutating func run() {
        while let task = queue.take() {
            var pending = [task]
            while let next = pending.popLast() {
                let below = list(next)
                for task in below where !queue.offer(task, unlessWaiting: 512) { pending.append(task) }
            }
            queue.finish()
        }
    }

    /// Lists one directory and returns those below it.
    private mutating func list(_ task: SearchTask) -> [SearchTask] {
        var below: [SearchTask] = []
        do throws(Errno) {
            let directory = try open(task.path)
            while try buffer.fill(from: directory) {
                while let record = unsafe try buffer.next() {
                    if let tag = unsafe wanted.tag(of: record.inode) {
                        unsafe record.withName { unsafe found.add(tag, record.inode, task.path, $0) }
                    } else if unsafe isDirectory(record, in: directory), task.depth + 1 < TreeQuestion.maximumDepth {
                        below.append(SearchTask(path: unsafe path(task, record), depth: task.depth + 1))
                    }
                }
            }
        } catch {
            // Gone or closed meanwhile: nothing in it is found, so nothing in it is changed.
        }
        return below
    }

    private func open(_ path: [UInt8]) throws(Errno) -> OwnedDescriptor {
        let path = path.isEmpty ? [UInt8(ascii: ".")] : path
        do throws(Errno) {
            return try root.open(path, .quietDirectory)
        } catch .notPermitted {
            return try root.open(path, .directory)
        }
    }

    private func isDirectory(_ record: NameBuffer.Record, in directory: borrowing OwnedDescriptor) -> Bool {
        // DT_DIR; DT_UNKNOWN where the file system does not say.
        if unsafe record.type == 4 { return true }
        guard unsafe record.type == 0 else { return false }
        var status = clinux_status()
        return unsafe clinux_status(directory.number, record.name, &status) == 0
            && NodeKind(modeBits: status.mode) == .directory
    }

    private func path(_ task: SearchTask, _ record: NameBuffer.Record) -> [UInt8] {
        unsafe record.withName { name in
            var bytes = task.path
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
            for index in name.indices { bytes.append(name[index]) }
            return bytes
        }
    }
}
