internal import CLinux
internal import Synchronization
internal import SystemPackage
internal import WardenModel

/// One thread's part of a walk. Nothing here allocates for an entry whose state is known and not interesting.
struct TreeWorker: ~Copyable {
    let root: PinnedRoot
    let question: TreeQuestion
    private let queue: WorkQueue<DirectoryTask>
    private let hardLinks: LinkedInodes
    let now: Int64
    private var reader: StateReader
    private var ages = AgeHistogram()
    var vanished = 0
    private var failures = FailureList()
    /// One for each level that this thread is in; made when first needed.
    private var buffers: [NameBuffer] = []
    var inventory: InventoryStage
    let actionBuffer = SmallBuffer()
    /// The times and size of the file in the executable directory that this thread is in.
    var innerFile: clinux_status?
    private var readsQuietly = true

    init(
        root: PinnedRoot, question: TreeQuestion, queue: WorkQueue<DirectoryTask>, hardLinks: LinkedInodes,
        lists: InventoryLists
    ) {
        self.root = root
        self.question = question
        self.queue = queue
        self.hardLinks = hardLinks
        now = question.now.seconds * 1_000_000_000 + Int64(question.now.nanoseconds)
        reader = StateReader(of: root, asking: question)
        inventory = InventoryStage(for: lists)
    }

    mutating func run() {
        while let task = queue.take() {
            if !question.isInterrupted() { enter(task, level: 0) }
            queue.finish()
        }
        inventory.flush()
    }

    /// Opens a directory by its path below the root and looks at everything in it.
    private mutating func enter(_ task: DirectoryTask, level: Int) {
        do throws(Errno) {
            let directory = try open(task.path)
            try list(directory, task, level: level)
        } catch .noSuchFileOrDirectory where !task.path.isEmpty {
            vanished += 1
        } catch {
            failures.add(RelativePath(bytes: task.path), "read", error)
        }
    }

    private mutating func open(_ path: [UInt8]) throws(Errno) -> OwnedDescriptor {
        let path = path.isEmpty ? [UInt8(ascii: ".")] : path
        if readsQuietly {
            do throws(Errno) {
                return try root.open(path, .quietDirectory)
            } catch .notPermitted {
                // Somebody else's directory: reading it moves its atime, which nothing relies on.
                readsQuietly = false
            }
        }
        return try root.open(path, .directory)
    }

    private mutating func list(
        _ directory: borrowing OwnedDescriptor, _ task: DirectoryTask, level: Int
    ) throws(Errno) {
        let buffer = buffer(level)
        var interesting: [(state: Int, chunk: SubjectList.Chunk)] = []
        // Also where reading fails half-way: what was counted keeps its name.
        defer { keep(interesting) }
        while try buffer.fill(from: directory), !question.isInterrupted() {
            var seen = 0
            while let record = unsafe try buffer.next() {
                unsafe visit(record, in: directory, task, level: level, forced: nil, &interesting)
                seen += 1
            }
            question.progress.entries.wrappingAdd(seen, ordering: .relaxed)
        }
    }

    private mutating func keep(_ interesting: [(state: Int, chunk: SubjectList.Chunk)]) {
        for (state, chunk) in interesting { reader.states.add(chunk.sorted(), to: state) }
    }

    /// Looks at one name, counts it, and sees to what is below it.
    private mutating func visit(
        _ record: NameBuffer.Record, in directory: borrowing OwnedDescriptor, _ task: DirectoryTask, level: Int,
        forced: Refusal?, _ interesting: inout [(state: Int, chunk: SubjectList.Chunk)]
    ) {
        var status = clinux_status()
        let content = unsafe peek(record, in: directory, task.context, &status)
        // What cannot be opened can be looked at still.
        let code = status.mode == 0 ? unsafe clinux_status(directory.number, record.name, &status) : 0
        guard code == 0 else {
            if code == -Errno.noSuchFileOrDirectory.rawValue {
                vanished += 1
            } else {
                unsafe failures.add(path(task, record), "look at", Errno(rawValue: -code))
            }
            return
        }
        let kind = NodeKind(modeBits: status.mode)
        guard status.links > 0 || kind != .file else {
            // Removed while it was looked at: no name leads to it any more.
            vanished += 1
            return
        }
        let role = unsafe record.withName { question.classifier.role(of: $0, kind: kind, in: task.context) }
        var refusal = forced ?? reader.refusal(of: status, kind, in: task.context)
        var below: DirectoryTask?
        if kind == .directory, refusal == nil, role != .system {
            below = unsafe self.below(task, record, role)
            if role == .executableDirectory, let inner = below {
                innerFile = nil
                refusal = lookInside(inner, level: level + 1)
                below = nil
            }
        }
        unsafe count(record, in: directory, status, role, refusal, task, &interesting)
        if refusal == nil, unsafe isWanted(record, task) { unsafe take(record, in: directory, status, role, content) }
        if let below, !queue.offer(below, unlessWaiting: 512) { enter(below, level: level + 1) }
    }

    private mutating func count(
        _ record: NameBuffer.Record, in directory: borrowing OwnedDescriptor, _ status: clinux_status,
        _ role: EntryRole, _ refusal: Refusal?, _ task: DirectoryTask,
        _ interesting: inout [(state: Int, chunk: SubjectList.Chunk)]
    ) {
        var status = status
        let kind = NodeKind(modeBits: status.mode)
        // Whatever the entry is refused for, or is a stranger's: its blocks are there once.
        if kind != .directory, status.links > 1, !hardLinks.insert(status.inode) { status.blocks = 0 }
        let part = unsafe part(of: record, task)
        let state: Int
        do throws(Errno) {
            state = try unsafe reader.count(
                record.name, in: directory, status, role: role, refusal: refusal, part: part)
        } catch {
            // Counted without its list it would be reported as drift.
            vanished += 1
            return
        }
        // An inventory knows the ages of whole pairs.
        if !question.inventory.isTakenFromTree, role.isEntry, kind == .file { addAge(of: status) }
        let demand = reader.states.records[state].demand
        if case .none = demand { return }
        unsafe record.withName { name in
            switch demand {
            case .none: break
            case .examples: reader.states.offer(state, directory: task.path, name: name, inode: status.inode)
            case .all:
                let place = interesting.firstIndex { $0.state == state } ?? interesting.endIndex
                if place == interesting.endIndex {
                    interesting.append((state, SubjectList.Chunk(directory: RelativePath(bytes: task.path))))
                }
                interesting[place].chunk.append(name: name, inode: status.inode)
            }
        }
    }

    /// Looks at what an executable directory holds, and returns why it is none.
    ///
    /// An empty one is a build in the middle of its work: cmd/go makes the directory before the file.
    private mutating func lookInside(_ task: DirectoryTask, level: Int) -> Refusal? {
        do throws(Errno) {
            let directory = try open(task.path)
            let isGood = try holdsOneFile(directory, level: level)
            let buffer = buffer(level)
            let again = try open(task.path)
            var interesting: [(state: Int, chunk: SubjectList.Chunk)] = []
            defer { keep(interesting) }
            while try buffer.fill(from: again) {
                while let record = unsafe try buffer.next() {
                    unsafe visit(
                        record, in: again, task, level: level, forced: isGood ? nil : .notOneExecutable, &interesting)
                }
            }
            return isGood ? nil : .notOneExecutable
        } catch .noSuchFileOrDirectory {
            return nil
        } catch {
            failures.add(RelativePath(bytes: task.path), "read", error)
            return nil
        }
    }

    private mutating func holdsOneFile(_ directory: borrowing OwnedDescriptor, level: Int) throws(Errno) -> Bool {
        let buffer = buffer(level)
        var names = 0
        while try buffer.fill(from: directory) {
            while let record = unsafe try buffer.next() {
                var status = clinux_status()
                guard unsafe clinux_status(directory.number, record.name, &status) == 0 else { continue }
                names += 1
                guard names == 1, NodeKind(modeBits: status.mode) == .file else { return false }
            }
        }
        return true
    }

    private mutating func addAge(of status: clinux_status) {
        // Some file systems store any time a member sets: one before the epoch must not overflow the difference.
        let lastUse = max(status.modified, status.accessed, 0)
        let age = lastUse >= now ? 0 : (now - lastUse) / 1_000_000_000
        ages.add(age: age, files: 1, allocated: ByteCount(status.blocks &* 512))
    }

    /// Whether the inventory is to hold a name, by its path.
    private func isWanted(_ record: NameBuffer.Record, _ task: DirectoryTask) -> Bool {
        switch question.inventory {
        case .none, .modules: false
        case .pairs: true
        case .files(let condition): unsafe condition(path(task, record).bytes)
        }
    }

    /// Returns the number of the innermost part that a name stands in; it costs something only where parts begin.
    private func part(of record: NameBuffer.Record, _ task: DirectoryTask) -> UInt8 {
        guard task.holdsParts else { return task.part }
        return unsafe question.parts.number(of: path(task, record).bytes) ?? task.part
    }

    private func path(_ task: DirectoryTask, _ record: NameBuffer.Record) -> RelativePath {
        unsafe record.withName { name in
            var bytes = task.path
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
            for index in name.indices { bytes.append(name[index]) }
            return RelativePath(bytes: bytes)
        }
    }

    private func below(_ task: DirectoryTask, _ record: NameBuffer.Record, _ role: EntryRole) -> DirectoryTask {
        let start = unsafe record.withName { ($0.isEmpty ? 0 : $0[0], $0.count < 2 ? 0 : $0[1]) }
        let context = DirectoryContext(role: role, nameStart: start, depth: task.context.depth + 1)
        let path = unsafe path(task, record).bytes
        return unsafe DirectoryTask(
            path: path, context: context, part: part(of: record, task),
            holdsParts: task.holdsParts && question.parts.beginInside(path))
    }

    private mutating func buffer(_ level: Int) -> NameBuffer {
        while buffers.count <= level { buffers.append(NameBuffer()) }
        return buffers[level]
    }

    /// Ends the thread's part and returns what it found.
    consuming func result() -> Result {
        Result(
            records: reader.states.records, parts: question.parts, ages: ages, vanished: vanished, failures: failures,
            unreadActions: inventory.unreadActions)
    }
}
