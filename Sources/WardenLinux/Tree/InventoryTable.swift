internal import CLinux
internal import Synchronization
internal import SystemPackage
internal import WardenModel

/// An inventory in the making: 256 lists by the highest byte of the entries' keys, which all threads fill.
///
/// One set of lists for all: lists of each thread's own would have to be put together, and need the memory twice.
final class InventoryLists: Sendable {
    private final class List: Sendable {
        let entries = Mutex<[InventoryEntry]>([])
    }

    private let lists = (0..<256).map { _ in List() }
    private let ages = Mutex(AgeHistogram())
    private let next = Atomic<Int>(0)

    fileprivate func add(_ entries: [InventoryEntry], to bucket: Int) {
        lists[bucket].entries.withLock { list in
            // Doubling would keep up to twice the memory of a cache of millions of entries.
            if list.count + entries.count > list.capacity {
                list.reserveCapacity(list.count + max(entries.count, list.count / 16))
            }
            list += entries
        }
    }

    /// Returns the inventory, each list sorted on one of several threads, and the ages of whole pairs.
    func inventory(
        threads: Int, now: Timestamp, unreadActions: Int
    ) -> (inventory: Inventory, ages: AgeHistogram) {
        WorkerThreads.run(threads) { [self] _ in
            var ages = AgeHistogram()
            while true {
                let bucket = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard bucket < lists.count else { break }
                lists[bucket].entries.withLock { entries in
                    Inventory.sort(&entries)
                    ages.add(entries, now: now)
                }
            }
            let found = ages
            self.ages.withLock { $0.add(found) }
        }
        let buckets = lists.map { list in
            list.entries.withLock { entries in
                defer { entries = [] }
                return entries
            }
        }
        return (Inventory(buckets: buckets, unreadActions: unreadActions), ages.withLock { $0 })
    }
}

/// What one thread has found and not yet added to the lists: a lock for every entry would cost more than the entry.
struct InventoryStage: Sendable {
    private static let size = 32

    private let lists: InventoryLists
    private var buckets: [[InventoryEntry]] = Array(repeating: [], count: 256)
    var unreadActions = 0

    init(for lists: InventoryLists) { self.lists = lists }

    mutating func add(_ entry: InventoryEntry) {
        let bucket = entry.bucket
        if buckets[bucket].isEmpty { buckets[bucket].reserveCapacity(Self.size) }
        buckets[bucket].append(entry)
        if buckets[bucket].count == Self.size { flush(bucket) }
    }

    /// Adds what is left; the last thing that a thread does.
    mutating func flush() {
        for bucket in buckets.indices where !buckets[bucket].isEmpty { flush(bucket) }
    }

    private mutating func flush(_ bucket: Int) {
        lists.add(buckets[bucket], to: bucket)
        buckets[bucket].removeAll(keepingCapacity: true)
    }
}

/// A few bytes of a file, read again and again into the same memory.
@safe final class SmallBuffer {
    /// One byte more than an action has, to see that a file is too long.
    static let size = 256
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)

    deinit { unsafe memory.deallocate() }

    /// Reads the beginning of a file and its status, see `clinux_peek`; a count, or a negated `errno`.
    func read(
        _ name: UnsafePointer<CChar>, in directory: borrowing OwnedDescriptor, _ status: inout clinux_status
    ) -> Int {
        unsafe clinux_peek(directory.number, name, &status, memory, Self.size)
    }

    /// Calls `body` with the first `count` bytes that were read.
    func withBytes<Result>(_ count: Int, _ body: (borrowing Span<UInt8>) -> Result) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(start: memory, count: count)
        return unsafe body(Span<UInt8>(_unsafeBytes: bytes))
    }
}

extension TreeWorker {
    /// Reads an action and its status where the directory's record alone tells that it is one.
    ///
    /// Returns how many bytes were read, or a negated `errno`, or `nil` for what is none.
    mutating func peek(
        _ record: NameBuffer.Record, in directory: borrowing OwnedDescriptor, _ context: DirectoryContext,
        _ status: inout clinux_status
    ) -> Int? {
        // DT_REG.
        guard case .pairs = question.inventory, unsafe record.type == 8,
            unsafe record.withName({ question.classifier.role(of: $0, kind: .file, in: context) }) == .action
        else { return nil }
        return unsafe actionBuffer.read(record.name, in: directory, &status)
    }

    /// Adds an entry to the inventory, under the key of its pair.
    ///
    /// - Parameter content: How much of an action `peek` has read.
    mutating func take(
        _ record: NameBuffer.Record, in directory: borrowing OwnedDescriptor, _ status: clinux_status,
        _ role: EntryRole, _ content: Int?
    ) {
        let inode = unsafe record.inode
        switch role {
        case .action:
            // Some file systems do not say in a record what it is.
            var same = clinux_status()
            unsafe takeAction(record, content ?? actionBuffer.read(record.name, in: directory, &same), status)
        case .output:
            let key = unsafe record.withName { question.classifier.pairKey(ofOutput: $0) }
            add(.output, inode, key, status)
        case .executableDirectory:
            let key = unsafe record.withName { question.classifier.pairKey(ofOutput: $0) }
            // Listing a directory moves its atime, so that says nothing; its mtime is what a hit refreshes.
            var status = status
            status.accessed = innerFile?.accessed ?? status.modified
            status.modified = max(status.modified, innerFile?.modified ?? 0)
            status.blocks &+= innerFile?.blocks ?? 0
            add(.executable, inode, key, status)
        case .executable: innerFile = status
        case .fuzz where NodeKind(modeBits: status.mode) == .file: add(.fuzz, inode, alone(inode), status)
        case .plain where NodeKind(modeBits: status.mode) == .file: add(.plain, inode, alone(inode), status)
        case .shard, .bookkeeping, .fuzz, .plain, .system, .stranger: break
        }
    }

    private mutating func takeAction(_ record: NameBuffer.Record, _ got: Int, _ status: clinux_status) {
        guard got >= 0 else {
            switch Errno(rawValue: CInt(-got)) {
            case .noSuchFileOrDirectory: vanished += 1
            default: inventory.unreadActions += 1
            }
            return
        }
        let key = unsafe record.withName { name in
            actionBuffer.withBytes(got) { question.classifier.pairKey(ofAction: $0, named: name) }
        }
        guard let key else {
            let own = unsafe record.withName { question.classifier.pairKey(ofOutput: $0) }
            unsafe add(.damagedAction, record.inode, own, status)
            return
        }
        unsafe add(.action, record.inode, key, status)
    }

    private mutating func add(_ kind: InventoryEntry.Kind, _ inode: UInt64, _ key: UInt64, _ status: clinux_status) {
        let isMarked = status.modified >= 0 && UInt64(status.modified) % 1_000_000_000 == UInt64(OrphanMark.nanoseconds)
        let latest = max(status.modified, status.accessed)
        // As much as Go itself allows a clock to be wrong (TrimFile.tolerance).
        let isFuture = latest > now && latest - now > 3_600_000_000_000
        inventory.add(
            InventoryEntry(
                kind: kind, inode: inode, key: key, lastUse: seconds(latest),
                modified: isFuture ? InventoryEntry.future : seconds(status.modified), blocks: status.blocks,
                isOrphanMarked: isMarked))
    }

    /// Returns a key of an entry's own, spread over all buckets.
    private func alone(_ inode: UInt64) -> UInt64 { inode &* 0x9e37_79b9_7f4a_7c15 }

    /// Returns whole seconds, rounded up; what lies in the future counts as now, what lies before 1970 as 1970.
    private func seconds(_ nanoseconds: Int64) -> UInt32 {
        let clamped = min(max(nanoseconds, 0), now)
        return UInt32(truncatingIfNeeded: (clamped + 999_999_999) / 1_000_000_000)
    }
}
